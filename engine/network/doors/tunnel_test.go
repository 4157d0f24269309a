package doors

import (
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/network/upstream"
)

// duplex is one end of a connection whose directions end one by one, as with TCP.
type duplex struct {
	net.Conn          // from which it reads
	out      net.Conn // to which it writes
}

// duplexes returns both ends of a connection.
func duplexes() (one, two *duplex) {
	a, b := net.Pipe()
	c, d := net.Pipe()
	return &duplex{a, d}, &duplex{c, b}
}

func (d *duplex) Write(b []byte) (int, error)        { return d.out.Write(b) }
func (d *duplex) SetWriteDeadline(t time.Time) error { return d.out.SetWriteDeadline(t) }
func (d *duplex) CloseWrite() error                  { return d.out.Close() }
func (d *duplex) Close() error                       { _ = d.out.Close(); return d.Conn.Close() }

// TestAHalfClosedTunnelEndsAfterASilence of the other end, which may ignore that the client has left; while bytes still
// arrive it stays.
func TestAHalfClosedTunnelEndsAfterASilence(t *testing.T) {
	for _, c := range []struct {
		name  string
		first func(client, server *duplex) (leaver, stayer *duplex) // the side that ends its direction first
	}{
		{"the client ends", func(client, server *duplex) (_, _ *duplex) { return client, server }},
		{"the server ends", func(client, server *duplex) (_, _ *duplex) { return server, client }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Parts{NewStream: func() Stream { return &refusingWay{} }, Dialer: &upstream.Dialer{}, Log: slog.New(slog.DiscardHandler)}, nil)
				conn := newConn(s)
				near, client := duplexes()
				far, server := duplexes()
				conn.reset(near)
				conn.far.set(far, nil)
				over := make(chan struct{})
				go func() { conn.tunnel(); close(over) }()
				leaver, stayer := c.first(client, server)
				b := make([]byte, 8)
				pass := func(from, to *duplex) {
					t.Helper()
					if _, err := from.Write([]byte("bytes")); err != nil {
						t.Fatal(err)
					}
					if n, err := to.Read(b); err != nil || string(b[:n]) != "bytes" {
						t.Fatalf("read %q, %v; want the bytes", b[:n], err)
					}
				}
				pass(leaver, stayer)
				time.Sleep(24 * time.Hour) // while both directions are open, silence ends nothing
				pass(leaver, stayer)
				if err := leaver.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				if n, err := stayer.Read(b); n != 0 || err != io.EOF {
					t.Fatalf("read %q, %v; want the end", b[:n], err)
				}
				for range 20 {
					time.Sleep(halfTime - time.Second)
					pass(stayer, leaver)
				}
				began := time.Now()
				<-over
				if took := time.Since(began); took < halfTime || took > 2*halfTime {
					t.Errorf("the tunnel ended after a silence of %v", took)
				}
				if _, err := leaver.Read(b); err != io.EOF {
					t.Errorf("the connection is still open: %v", err)
				}
			})
		})
	}
}
