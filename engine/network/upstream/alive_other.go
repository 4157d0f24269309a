//go:build !unix

package upstream

import (
	"errors"
	"net"
	"os"
	"time"
)

// Alive reports whether a kept connection that should be silent still is open. This system cannot look without reading,
// so it waits a millisecond for what must not come: an end, or stray bytes, which make the connection useless anyway.
func Alive(c net.Conn) bool {
	if !quiet(c) {
		return false
	}
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok { // what TLS has to say between two answers ends it too
		c = secure.NetConn()
	}
	if c.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	var b [1]byte
	_, err := c.Read(b[:])
	return errors.Is(err, os.ErrDeadlineExceeded) && c.SetReadDeadline(time.Time{}) == nil
}

// Ended reports whether the other side of a connection has closed it. This system cannot look without reading, and what
// is read may be a client's next request: so nobody has.
func Ended(net.Conn) bool { return false }
