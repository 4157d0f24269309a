// Package bencode decodes the encoding of BEP 3 from untrusted input. A guard looks at every byte first, without
// recursion; then github.com/zeebo/bencode decodes. The decoder alone must not be fed from a network: twelve bytes make
// it allocate 1.9 GiB, and four megabytes of "l" crash the process. It gets only input that passed [Check].
//
// What an answer means does not belong here, nor do sockets and files.
package bencode
