// Package utp speaks µTP (BEP 29): a stream of bytes over datagrams that gives way to other traffic (LEDBAT, RFC 6817).
// [Flow] is one connection, both directions, as a machine without a socket and without a clock: it takes packets, bytes
// and the time, and returns the datagrams to send and the moment of the next call.
//
// Package network/utp has the sockets, and assigns datagrams to connections.
package utp
