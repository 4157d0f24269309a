package upstream

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// quiet reports whether TLS has no unread bytes in its buffer: an end that came together with the last answer shows
// only there, and no longer on the connection below. It reads without waiting, which TLS survives, and changes the
// deadline.
func quiet(c net.Conn) bool {
	if _, ok := c.(*tls.Conn); !ok {
		return true
	}
	if c.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	var b [1]byte
	_, err := c.Read(b[:])
	return errors.Is(err, os.ErrDeadlineExceeded)
}
