// Package utp makes connections of µTP: a [Socket] finds the connection a datagram belongs to and keeps the time for all
// of them, and a [Conn] is used like one of TCP. What is sent when is decided by package wire/utp; the datagrams go
// through the socket that the DHT uses too.
package utp
