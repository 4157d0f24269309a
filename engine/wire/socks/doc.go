// Package socks is what a client says before a stream, and in front of every datagram, that is to be carried elsewhere:
// SOCKS5 without authentication (RFC 1928), SOCKS4 and 4a. It reads requests and makes replies. No sockets, no clock,
// and nothing about who may go where, may enter.
package socks
