package upstream_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
	"time"

	"bittoratio/engine/network/upstream"
)

// joinedWriter is a connection that collects what is written to it while hold is set, so that the test can send it in one
// piece.
type joinedWriter struct {
	net.Conn
	hold bool
	held []byte
}

func (c *joinedWriter) Write(b []byte) (int, error) {
	if !c.hold {
		return c.Conn.Write(b)
	}
	c.held = append(c.held, b...)
	return len(b), nil
}

// TestAnEndThatCameWithTheAnswerIsNoticed: a server ends TLS in the same packet as its answer, unannounced. TLS has
// read the end already, and the connection below is silent.
func TestAnEndThatCameWithTheAnswerIsNoticed(t *testing.T) {
	root := issue(t, nil, time.Now().Add(time.Hour), "root")
	leaf := issue(t, &root, time.Now().Add(time.Hour), "tracker", net.IPv4(127, 0, 0, 1))
	roots := x509.NewCertPool()
	roots.AddCert(root.Leaf)
	for _, ends := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan net.Conn, 1)
		go func() {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			under := &joinedWriter{Conn: nc}
			c := tls.Server(under, &tls.Config{Certificates: []tls.Certificate{leaf}})
			if c.Handshake() == nil {
				under.hold = true
				_, _ = io.WriteString(c, "hi")
				if ends {
					_ = c.CloseWrite()
				}
				_ = nc.SetWriteDeadline(time.Time{}) // TLS has set one that has passed
				_, _ = nc.Write(under.held)
			}
			served <- nc
		}()
		d := upstream.Dialer{TLS: &tls.Config{RootCAs: roots}}
		target := upstream.Target{Address: l.Addr().String(), ServerName: "127.0.0.1"}
		tcp, err := d.Dial(t.Context(), target, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.Secure(t.Context(), tcp, target)
		if err != nil {
			t.Fatal(err)
		}
		var b [2]byte
		if _, err := io.ReadFull(c, b[:]); err != nil {
			t.Fatal(err)
		}
		if alive := upstream.Alive(c); alive == ends {
			t.Errorf("server ended the connection: %v; Alive returned %v", ends, alive)
		}
		_ = tcp.Close()
		_ = (<-served).Close()
		_ = l.Close()
	}
}
