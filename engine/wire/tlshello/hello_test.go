package tlshello

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// hello returns the first message of crypto/tls.
func hello(t testing.TB, config *tls.Config) []byte {
	t.Helper()
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(client, config).Handshake() // it fails when the pipe closes
	}()
	b := make([]byte, 32<<10)
	_ = server.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := server.Read(b)
	if err != nil && err != io.EOF {
		t.Fatalf("Read returned %v", err)
	}
	_ = server.Close()
	_ = client.Close()
	<-done
	return b[:n]
}

// split puts the message into records of at most n bytes each.
func split(b []byte, n int) []byte {
	var out []byte
	for rest := b[5:]; len(rest) > 0; {
		piece := rest[:min(n, len(rest))]
		rest = rest[len(piece):]
		out = append(append(out, 22, 3, 1, byte(len(piece)>>8), byte(len(piece))), piece...)
	}
	return out
}

func TestTheServerNameIsReadFromAHello(t *testing.T) {
	for _, c := range []struct {
		name   string
		config *tls.Config
		want   Hello
	}{
		{"as libtorrent: no choice of protocols", &tls.Config{ServerName: "tracker.example"}, Hello{ServerName: "tracker.example", Version: 0x0304, HTTP1: true, Hybrid: true}},
		{"as curl", &tls.Config{ServerName: "Tracker.Example", NextProtos: []string{"h2", "http/1.1"}}, Hello{ServerName: "tracker.example", Version: 0x0304, HTTP1: true, Hybrid: true}},
		{"HTTP/2 alone", &tls.Config{ServerName: "tracker.example", NextProtos: []string{"h2"}}, Hello{ServerName: "tracker.example", Version: 0x0304, HTTP1: false, Hybrid: true}},
		{"an address has no name", &tls.Config{ServerName: "192.0.2.7"}, Hello{ServerName: "", Version: 0x0304, HTTP1: true, Hybrid: true}},
		{"without keys against quantum computers", &tls.Config{ServerName: "tracker.example", CurvePreferences: []tls.CurveID{tls.X25519}}, Hello{ServerName: "tracker.example", Version: 0x0304, HTTP1: true}},
		{"TLS 1.2", &tls.Config{ServerName: "tracker.example", MaxVersion: tls.VersionTLS12}, Hello{ServerName: "tracker.example", Version: 0x0303, HTTP1: true, Hybrid: false}},
		{"TLS 1.0", &tls.Config{ServerName: "tracker.example", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, Hello{ServerName: "tracker.example", Version: 0x0301, HTTP1: true, Hybrid: false}},
	} {
		whole := hello(t, c.config)
		for how, b := range map[string][]byte{
			"in one record": whole, "in many records": split(whole, 7), "with more behind it": append(bytes.Clone(whole), "more"...),
		} {
			if got, s := Parse(b); s != Whole || got != c.want {
				t.Errorf("%s, %s: got %+v, %v", c.name, how, got, s)
			}
		}
		for n := range whole {
			if got, s := Parse(whole[:n]); s != Short || got != (Hello{}) {
				t.Fatalf("%s: the first %d of %d bytes gave %+v, %v", c.name, n, len(whole), got, s)
			}
		}
	}
}

func TestOtherStreamsAreNoHellos(t *testing.T) {
	for _, s := range []string{
		"\x13BitTorrent protocol", "GET / HTTP/1.1\r\n", "\x05\x01\x00", "\x16\x02", "\x17\x03\x01", "\x16\x03\x01\x00\x00", "\x16\x03\x01\xff\xff",
		"\x16\x03\x01\x00\x04\x02\x00\x00\x00", "\x16\x03\x01\x00\x04\x01\xff\x00\x00", "\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03",
	} {
		if h, state := Parse([]byte(s)); state != Other || h != (Hello{}) {
			t.Errorf("%q: Parse returned %+v, %v", s, h, state)
		}
	}
}

// FuzzParse checks that crypto/tls agrees with what is recognised as a whole hello, that more bytes never change a
// decision, and that the division of a hello into records makes no difference.
func FuzzParse(f *testing.F) {
	f.Add([]byte("\x13BitTorrent protocol"))
	f.Add(hello(f, &tls.Config{ServerName: "tracker.example"}))
	f.Add(hello(f, &tls.Config{ServerName: "tracker.example", MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, s := Parse(b)
		if more, after := Parse(append(bytes.Clone(b), b...)); s != Short && (after != s || more != h) {
			t.Fatalf("got %v %+v, with more bytes behind it %v %+v", s, h, after, more)
		}
		if s != Whole {
			return
		}
		theirs, ok := ask(b)
		if !ok {
			return // crypto/tls is stricter, and its handshake fails
		}
		if name := strings.ToLower(theirs); name != h.ServerName {
			t.Fatalf("the name is %q, crypto/tls reads %q\n%s", h.ServerName, name, hex.Dump(b))
		}
	})
}

// ask returns what crypto/tls reads as the server's name.
func ask(b []byte) (name string, ok bool) {
	config := &tls.Config{GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
		name, ok = i.ServerName, true
		return nil, io.EOF
	}}
	_ = tls.Server(stream{bytes.NewReader(b)}, config).Handshake() // it always fails
	return name, ok
}

// stream is a connection that only reads.
type stream struct{ *bytes.Reader }

func (stream) Write(b []byte) (int, error)      { return len(b), nil }
func (stream) Close() error                     { return nil }
func (stream) LocalAddr() net.Addr              { return nil }
func (stream) RemoteAddr() net.Addr             { return nil }
func (stream) SetDeadline(time.Time) error      { return nil }
func (stream) SetReadDeadline(time.Time) error  { return nil }
func (stream) SetWriteDeadline(time.Time) error { return nil }
