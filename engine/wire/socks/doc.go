// Package socks reads the requests of SOCKS5 without authentication (RFC 1928), SOCKS4 and SOCKS4a, and the headers of
// their datagrams, and makes the replies. It has no sockets and no clock, and does not decide who may connect where.
package socks
