package engine_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// secure is an https tracker behind an engine that decrypts it, with what a client needs to reach it.
type secure struct {
	t       *testing.T
	e       *engine.Engine
	root    *tls.Certificate // of the tracker
	tracker *enginetest.Tracker
	front   *enginetest.Front
	port    string
	log     lines
}

const secureName = "tracker.test"

// newSecure runs a tracker with a valid certificate, unless config changes that.
func newSecure(t *testing.T, config func(root *tls.Certificate) *tls.Config) *secure {
	t.Helper()
	enginetest.Names(t, func(name string) netip.Addr {
		if strings.HasSuffix(name, ".test") {
			return netip.MustParseAddr("127.0.0.2")
		}
		return netip.Addr{}
	})
	s := &secure{t: t, root: enginetest.MustIssue(t, nil, time.Now().Add(time.Hour)), tracker: enginetest.NewTracker(t, nil)}
	c := &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), secureName, "other.test", "127.0.0.2")}}
	if config != nil {
		c = config(s.root)
	}
	s.front = enginetest.NewFront(t, "127.0.0.2:0", s.tracker.Addr, c)
	_, s.port, _ = net.SplitHostPort(s.front.Addr)
	s.e = enginetest.Engine(t, engine.Options{
		Multiplier: 3 * policy.One, Roots: enginetest.Roots(s.root),
		Log: slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	s.open(secureName + ":" + s.port)
	return s
}

// behind puts another tracker behind TLS in place of the first, and has that decrypted.
func (s *secure) behind(tracker string, config *tls.Config) {
	s.t.Helper()
	s.front = enginetest.NewFront(s.t, "127.0.0.2:0", tracker, config)
	_, s.port, _ = net.SplitHostPort(s.front.Addr)
	s.open(secureName + ":" + s.port)
}

func (s *secure) open(hosts ...string) {
	s.t.Helper()
	if err := s.e.Change(func(c *settings.Settings) { c.OpenHTTPS, c.OpenHosts = true, hosts }); err != nil {
		s.t.Fatal(err)
	}
}

// trustingRoots returns the authorities of a client that trusts the engine's.
func (s *secure) trustingRoots() *x509.CertPool {
	s.t.Helper()
	b, err := os.ReadFile(s.e.Snapshot().HTTPS.Certificate)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		s.t.Fatalf("unexpected error %v", err)
	}
	return pool
}

func (s *secure) trackerRoots() *x509.CertPool { return enginetest.Roots(s.root) }

// through opens a TLS connection in a tunnel; the error is that of the handshake.
func (s *secure) through(connect string, config *tls.Config) (*tls.Conn, error) {
	s.t.Helper()
	c := enginetest.Dial(s.t, s.e.Snapshot().Addr)
	c.Send(connect)
	if strings.HasPrefix(connect, "\x05") {
		if got := c.Read(2 + 10); !strings.HasPrefix(got, "\x05\x00\x05\x00") {
			s.t.Fatalf("the SOCKS handshake got %q", got)
		}
	} else if head := c.Head(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		s.t.Fatalf("CONNECT got %q", head)
	}
	stream := tls.Client(c.Conn, config)
	return stream, stream.Handshake()
}

// curl returns a CONNECT as libcurl sends it.
func (s *secure) curl(name string) string {
	at := name + ":" + s.port
	return "CONNECT " + at + " HTTP/1.1\r\nHost: " + at + "\r\nUser-Agent: Transmission/4.1.4\r\nProxy-Connection: Keep-Alive\r\n\r\n"
}

// socks5 returns a whole handshake (RFC 1928) for a host name.
func socks5(name, port string) string {
	n, _ := strconv.Atoi(port)
	return "\x05\x01\x00\x05\x01\x00\x03" + string(rune(len(name))) + name + string([]byte{byte(n >> 8), byte(n)})
}

// announce returns what a client sends inside the tunnel.
func (s *secure) announce(uploaded string) string {
	return "GET /0123456789abcdef0123456789abcdef/announce?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4140-0123456789ab&uploaded=" + uploaded +
		"&left=0&compact=1 HTTP/1.1\r\nhOST: " + secureName + ":" + s.port + "\r\nX-Odd:  spaced \r\nUser-Agent: Transmission/4.1.4\r\n\r\n"
}

// askInside sends a request through TLS and reads the answer.
func askInside(t *testing.T, c *tls.Conn, request string) string {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	want := len(enginetest.Answer(enginetest.Peers))
	b := make([]byte, 4096)
	n, err := io.ReadAtLeast(c, b, want)
	if err != nil && err != io.ErrUnexpectedEOF {
		t.Fatalf("reading the answer: %v, after %q", err, b[:n])
	}
	return string(b[:n])
}

func (s *secure) seenClient(client string) exchange.TLSClient {
	s.t.Helper()
	for _, v := range s.e.Snapshot().HTTPS.Seen {
		if v.Client == client {
			return v
		}
	}
	s.t.Fatalf("client %q was not recorded: %+v", client, s.e.Snapshot().HTTPS.Seen)
	return exchange.TLSClient{}
}
