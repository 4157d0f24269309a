package upstream

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// quiet reports whether TLS has nothing unread in its buffer: an end that arrived together with the last answer shows
// only there, not on the connection below. It reads without waiting, which TLS tolerates, and leaves no deadline.
func quiet(c net.Conn) bool {
	if _, ok := c.(interface{ ConnectionState() tls.ConnectionState }); !ok {
		return true
	}
	if c.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	var b [1]byte
	_, err := c.Read(b[:])
	return errors.Is(err, os.ErrDeadlineExceeded)
}
