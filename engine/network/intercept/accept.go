package intercept

import (
	"bytes"
	"crypto/tls"
	"net"
	"time"
)

// handshakeTime is how long a client may take for its TLS handshake.
const handshakeTime = 10 * time.Second

// Accept does the server's side of a TLS handshake with a client, within ten seconds, with the configuration that
// [Interception.Decide] returned. early is what was already read from the connection. An alert of the client is an error
// of type *[net.OpError], as in crypto/tls. After an error nc is still open; the caller closes it.
func Accept(nc net.Conn, early []byte, a Attempt, config *tls.Config) (net.Conn, error) {
	under := &prefixConn{Conn: nc, early: bytes.Clone(early), name: a.Name}
	stream := tls.Server(under, config)
	_ = nc.SetDeadline(time.Now().Add(handshakeTime))
	if err := stream.Handshake(); err != nil {
		if alert, ok := under.alert(); ok {
			err = &net.OpError{Op: "remote error", Err: alert}
		}
		return nil, err
	}
	return stream, nc.SetDeadline(time.Time{})
}

// prefixConn is a connection of which the first bytes were read already.
type prefixConn struct {
	net.Conn
	early []byte
	name  string   // the server that the client asks for
	last  [16]byte // the beginning of what was last read
}

func (p *prefixConn) Read(b []byte) (int, error) {
	if len(p.early) == 0 {
		n, err := p.Conn.Read(b)
		clear(p.last[copy(p.last[:], b[:n]):])
		return n, err
	}
	n := copy(b, p.early)
	p.early = p.early[n:]
	return n, nil
}

// alert returns the client's last unencrypted message, if that was an alert (RFC 8446 §6). Clients with OpenSSL send an
// unencrypted alert if they do not trust a certificate; crypto/tls expects an encrypted one, and reports a malformed
// message.
func (p *prefixConn) alert() (tls.AlertError, bool) {
	b := p.last[:]
	if bytes.HasPrefix(b, []byte{20, 3, 3, 0, 1}) { // a change of cipher, which has no meaning (appendix D.4)
		b = b[6:]
	}
	return tls.AlertError(b[6]), b[0] == 21 && b[1] == 3 && b[3] == 0 && b[4] == 2
}

// NetConn returns the connection below, for TCP's options.
func (p *prefixConn) NetConn() net.Conn { return p.Conn }
