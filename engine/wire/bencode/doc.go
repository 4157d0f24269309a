// Package bencode reads the encoding of BEP 3 from strangers: a guard that looks at every byte first, without
// recursion, and github.com/zeebo/bencode behind it. The decoder alone must not be fed from a network: twelve bytes
// make it take 1.9 GiB, and four megabytes of "l" end the process. Nothing reaches it that did not pass [Check].
//
// What an answer means does not belong here, nor do sockets and files.
package bencode
