// Package utp makes connections of µTP: a [Socket] assigns datagrams to connections and has one timer for all of them,
// and a [Conn] is used like a TCP connection. Package wire/utp decides what to send when; the datagrams go through the
// socket of the DHT.
package utp
