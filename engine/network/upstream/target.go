package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"bittoratio/engine/bittorrent"
)

// Target is the other end of a connection.
type Target struct {
	Address string // host:port to dial; may hold a passkey in a subdomain: never print it

	// ServerName is the name for which the other end must have a certificate (RFC 6125); if empty, there is no TLS.
	ServerName string

	// Classical is true if the client offers no post-quantum key exchange. Then this program offers none either: that
	// halves the cost of a handshake, and the client loses nothing.
	Classical bool

	// PublicOnly is true if the address must not be on this computer or in a local network, because a stranger's
	// redirect leads there.
	PublicOnly bool

	// Remote is true if the client is another computer, which must not reach an address that serves only this computer.
	Remote bool
}

// TargetOf returns where announces to a tracker over http or https go.
func TargetOf(u bittorrent.TrackerURL) Target {
	t := Target{Address: u.Address()}
	if u.Scheme() == "https" {
		t.ServerName = u.Hostname()
	}
	return t
}

// Secure starts TLS (1.2 or newer, http/1.1) on a dialled connection, if the target wants it. It verifies the
// certificate as strictly as a client would. The connection's deadline limits the handshake. The error is an *[Error]
// with Op "dial": no part of a request has been sent. If the server refuses TLS as this program speaks it, the error's
// problem is Unfit: older versions are not tried here, because only the client can decide whether they are good enough.
func (d *Dialer) Secure(ctx context.Context, tcp net.Conn, t Target) (net.Conn, error) {
	if t.ServerName == "" {
		return tcp, nil
	}
	var config *tls.Config
	if d.TLS == nil {
		config = &tls.Config{}
	} else {
		config = d.TLS.Clone()
	}
	config.ServerName, config.MinVersion, config.NextProtos = t.ServerName, tls.VersionTLS12, []string{"http/1.1"}
	if t.Classical {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}
	asks := false
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asks = true
		return new(tls.Certificate), nil // none
	}
	if config.ClientSessionCache != nil {
		config.ClientSessionCache = sessions{config.ClientSessionCache, &asks}
	}
	c := tls.Client(tcp, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, unfit(err, asks)
	}
	if asks {
		return &asker{Conn: c}, nil
	}
	return c, nil
}

// Connect dials a target within timeout, and starts TLS if the target wants it, within the same time again. It leaves
// no deadline.
func (d *Dialer) Connect(ctx context.Context, t Target, timeout time.Duration) (net.Conn, error) {
	tcp, err := d.Dial(ctx, t, timeout)
	if err != nil || t.ServerName == "" {
		return tcp, err
	}
	_ = tcp.SetDeadline(time.Now().Add(timeout))
	c, err := d.Secure(ctx, tcp, t)
	if err != nil {
		_ = tcp.Close()
		return nil, err
	}
	return c, tcp.SetDeadline(time.Time{})
}

// isTLS reports whether a handshake failed because of TLS: a certificate that is not the tracker's, an alert, or bytes
// that are not TLS.
func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") // an alert (RFC 8446 §6)
}
