//go:build !unix

package upstream

import (
	"errors"
	"net"
	"os"
	"time"
)

// Alive reports whether an idle connection is still open. This system cannot look without reading, so Alive waits one
// millisecond for what must not arrive: an end, or stray bytes, which make the connection useless anyway.
func Alive(c net.Conn) bool {
	if !quiet(c) {
		return false
	}
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok { // anything that TLS sends between answers ends it, too
		c = secure.NetConn()
	}
	if c.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	var b [1]byte
	_, err := c.Read(b[:])
	return errors.Is(err, os.ErrDeadlineExceeded) && c.SetReadDeadline(time.Time{}) == nil
}

// Ended reports false: this system cannot look without reading, and it might read a client's next request.
func Ended(net.Conn) bool { return false }
