package upstream

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"bittoratio/engine/exchange"
)

// unfit returns the error of a handshake. Its problem is Unfit if a client's own handshake could succeed: because the
// server asks for a client's certificate, or for a version, a cipher or a protocol that this program does not have. A
// certificate of the server that is not accepted is never that.
func unfit(err error, asks bool) *Error {
	f := Classify("dial", err)
	switch {
	case asks && alerts(err, "remote error", missing):
		f.Problem = exchange.ProblemClientCert
	case alerts(err, "remote error", uncommon), slices.ContainsFunc(complaints, func(s string) bool { return strings.HasPrefix(err.Error(), s) }):
		f.Problem = exchange.ProblemTLSKind
	}
	return f
}

// The alerts (RFC 8446 §6.2) with which servers refuse a client without a certificate, if they have asked for one, and
// a client with which they have nothing in common.
var (
	missing  = []tls.AlertError{40, 42, 43, 44, 45, 46, 48, 49, 116}
	uncommon = []tls.AlertError{40, 70, 71, 120}
)

// complaints are how the errors of crypto/tls begin, which have no types, if a server has chosen what was not offered.
var complaints = []string{"tls: server selected unsupported protocol version", "tls: server chose an unconfigured cipher suite"}

// renegotiates reports whether a server wants another handshake on a connection, which this program does not do. Apache
// does if it asks for a client's certificate only for a path.
func renegotiates(err error) bool { return alerts(err, "local error", []tls.AlertError{100}) }

// alerts reports whether a connection failed by one of these alerts, of the server or of this program.
func alerts(err error, of string, some []tls.AlertError) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == of && slices.ContainsFunc(some, func(a tls.AlertError) bool { return a.Error() == op.Err.Error() })
}

// asker is a connection to a server that asked for a client's certificate and got none. With TLS 1.3 it may refuse that
// only after the handshake, and some systems lose its alert. So whatever ends the connection before its first byte is
// taken for that refusal.
type asker struct {
	*tls.Conn
	answered atomic.Bool // a request's body may be written while its answer is read
}

func (c *asker) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.answered.Store(true)
	}
	return n, c.refusal("read", err)
}

func (c *asker) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.refusal("write", err)
}

func (c *asker) refusal(op string, err error) error {
	if err == nil || c.answered.Load() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return err
	}
	return &Error{exchange.ProblemClientCert, op, err}
}

// sessions are a server's sessions, to be resumed later. One of a server that asks for a client's certificate is not
// kept, because the server would not ask again.
type sessions struct {
	tls.ClientSessionCache
	asks *bool
}

// Put keeps a session.
func (s sessions) Put(key string, session *tls.ClientSessionState) {
	if !*s.asks {
		s.ClientSessionCache.Put(key, session)
	}
}

// AsksForCertificate reports whether a server asked this program for a client's certificate, and accepts the connection
// without one so far. Some servers refuse each request instead.
func AsksForCertificate(c net.Conn) bool {
	_, ok := c.(*asker)
	return ok
}

// settleTime is how long after its handshake a server may refuse a client without a certificate.
const settleTime = 500 * time.Millisecond

// Settle waits for the refusal of a server that asked for a client's certificate; it returns nil at once if it did not
// ask, and nil if the server is silent. Nothing was sent over the connection yet.
func Settle(c net.Conn) error {
	if !AsksForCertificate(c) {
		return nil
	}
	_ = c.SetReadDeadline(time.Now().Add(settleTime))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return Classify("read", cmp.Or(err, errSpeaksFirst))
	}
	return c.SetReadDeadline(time.Time{})
}

var errSpeaksFirst = errors.New("the tracker answered before it was asked")
