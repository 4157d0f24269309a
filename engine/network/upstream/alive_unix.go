//go:build unix

package upstream

import (
	"net"
	"syscall"
	"time"
)

// Alive is whether a kept connection that should be silent still is open: an end or stray bytes that are waiting
// show only when one looks. Looking before writing is what makes a second try on a new connection safe: not a byte
// of the announce has left.
func Alive(c net.Conn) bool {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok { // what TLS has to say between two answers ends it too
		c = secure.NetConn()
	}
	sc, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	// The deadline of the last answer may be past, and would be taken for the end.
	if c.SetReadDeadline(time.Time{}) != nil {
		return false
	}
	alive := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		alive = n < 0 && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
		return true
	})
	return err == nil && alive
}
