package upstream

import (
	"net"
	"syscall"
)

// Alive reports whether an idle connection is still open. Only a look at the socket shows an end or stray bytes. If it
// is done before writing, a second try on a new connection is safe: no byte of the announce has been sent.
func Alive(c net.Conn) bool { return quiet(c) && look(c) == silent }

// Ended reports whether the other side of a connection has closed it, or at least its own direction. Bytes that can be
// read are not an end. On Linux an end after such bytes is seen too; with TLS there always are some, its last message.
func Ended(c net.Conn) bool { return look(c) == closed }

// sight is what a look at a connection shows.
type sight uint8

const (
	silent sight = iota
	speaking
	closed
)

// look reads nothing from the connection, and neither waits for its deadlines nor changes them.
func look(c net.Conn) sight {
	for { // anything that TLS sends between answers ends it, too
		over, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = over.NetConn()
	}
	sc, ok := c.(syscall.Conn)
	if !ok {
		return silent
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return closed
	}
	var seen sight
	if raw.Control(func(fd uintptr) { seen = glance(fd) }) != nil {
		return closed
	}
	return seen
}
