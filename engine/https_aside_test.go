package engine_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestATrackerWhoseTLSOnlyTheClientSpeaksIsLeftToTheClient: without this program the client reaches that tracker, so it
// must reach it with this program too.
func TestATrackerWhoseTLSOnlyTheClientSpeaksIsLeftToTheClient(t *testing.T) {
	later := time.Now().Add(time.Hour)
	clientRoot := enginetest.MustIssue(t, nil, later)
	clientLeaf := enginetest.MustIssue(t, clientRoot, later, "client.test")
	asking := func(c *tls.Config) {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, enginetest.Roots(clientRoot)
	}
	with := func(c *tls.Config) { c.Certificates = []tls.Certificate{*clientLeaf} }
	for _, c := range []struct {
		name            string
		tracker, client func(*tls.Config)
		want            exchange.RejectReason
		problem         exchange.Problem
	}{
		{"a client's certificate", asking, with, exchange.TrackerAsksCert, exchange.ProblemClientCert},
		{"a client's certificate, in TLS 1.2", func(c *tls.Config) { asking(c); c.MaxVersion = tls.VersionTLS12 }, with, exchange.TrackerAsksCert, exchange.ProblemClientCert},
		{
			"TLS 1.1 alone", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, exchange.TrackerVersion, exchange.ProblemTLSKind,
		},
		{
			"an old cipher alone", func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
			},
			func(c *tls.Config) {
				c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
			}, exchange.TrackerVersion, exchange.ProblemTLSKind,
		},
		{
			"another protocol alone", func(c *tls.Config) { c.NextProtos = []string{"tracker/2"} },
			func(c *tls.Config) { c.NextProtos = []string{"tracker/2", "http/1.1"} }, exchange.TrackerVersion, exchange.ProblemTLSKind,
		},
	} {
		strict := func(root *tls.Certificate) *tls.Config {
			config := &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, root, later, secureName)}}
			c.tracker(config)
			return config
		}
		through := func(t *testing.T, s *secure, roots *x509.CertPool) *tls.Conn {
			t.Helper()
			config := &tls.Config{ServerName: secureName, RootCAs: roots}
			c.client(config)
			stream, err := s.through(s.curl(secureName), config)
			if err != nil {
				t.Fatal(err)
			}
			return stream
		}
		t.Run(c.name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			s := newSecure(t, strict)
			for i := range 2 { // the second time after Try again
				stream, request := through(t, s, s.trackerRoots()), s.announce(strconv.Itoa(1000*i))
				if got := askInside(t, stream, request); got != enginetest.Answer(enginetest.Peers) {
					t.Errorf("the answer to the announce is %q", got)
				}
				_ = stream.Close()
				if heads := s.tracker.Await(t, i+1); heads[i] != request {
					t.Errorf("the tracker received %q", heads[i])
				}
				s.steppedAside(c.want, c.problem, 0)
				s.e.RetryClients()
			}
		})
		t.Run(c.name+", later", func(t *testing.T) { // the tracker changes while it is in use
			enginetest.CheckGoroutines(t)
			s := newSecure(t, nil)
			stream := through(t, s, s.trustingRoots())
			askInside(t, stream, s.announce("1000"))
			_ = stream.Close()
			s.front.Close()
			s.front = enginetest.NewFront(t, s.front.Addr, s.tracker.Addr, strict(s.root))
			if got := askWhole(t, through(t, s, s.trustingRoots()), s.announce("2000")); !strings.HasPrefix(got, "HTTP/1.1 504 BittOratio: the tracker ") {
				t.Errorf("the first announce got %q", got)
			}
			stream = through(t, s, s.trackerRoots())
			if got := askInside(t, stream, s.announce("3000")); got != enginetest.Answer(enginetest.Peers) {
				t.Errorf("the second announce got %q", got)
			}
			_ = stream.Close()
			if heads := s.tracker.Await(t, 2); heads[1] != s.announce("3000") {
				t.Errorf("the tracker received %q", heads[1])
			}
			s.steppedAside(c.want, c.problem, 1)
		})
	}
}

// TestATrackerThatRequiresAClientCertificateIsLeftToTheClient: nginx answers so, inside TLS.
func TestATrackerThatRequiresAClientCertificateIsLeftToTheClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	later := time.Now().Add(time.Hour)
	clientLeaf := enginetest.MustIssue(t, nil, later, "client.test")
	const page = "HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nno\r\n"
	s := newSecure(t, nil)
	strict := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Send(page) })
	config := &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, later, secureName)}}
	s.behind(strict.Addr, config)
	for _, uploaded := range []string{"1000", "2000"} { // and again after Try again
		stream, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()})
		if err != nil {
			t.Fatal(err)
		}
		if got := askWhole(t, stream, strings.Replace(s.announce(uploaded), "&left=0", "&left=0&event=started", 1)); got != page {
			t.Errorf("the client got %q, want the answer of the tracker", got)
		}
		stream, err = s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trackerRoots(), Certificates: []tls.Certificate{*clientLeaf}})
		if err != nil {
			t.Fatalf("the connection is not tunnelled: %v", err)
		}
		_ = stream.Close()
		s.steppedAside(exchange.TrackerAsksCert, exchange.ProblemClientCert, 1)
		s.e.RetryClients()
	}
}

// TestATrackerThatOnlyRequestsAClientCertificateIsDecrypted: it does not need one.
func TestATrackerThatOnlyRequestsAClientCertificateIsDecrypted(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, func(root *tls.Certificate) *tls.Config {
		return &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{*enginetest.MustIssue(t, root, time.Now().Add(time.Hour), secureName)}}
	})
	for i, want := range []string{"0", "3000", "6000"} {
		stream, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()})
		if err != nil {
			t.Fatal(err)
		}
		if got := askInside(t, stream, s.announce(fmt.Sprint(1000*i))); got != enginetest.Answer(enginetest.Peers) {
			t.Errorf("the client got %q", got)
		}
		_ = stream.Close()
		if heads := s.tracker.Await(t, i+1); heads[i] != s.announce(want) {
			t.Errorf("the tracker received %q", heads[i])
		}
	}
}

// steppedAside checks what is shown of a tracker that was left to the client; rows is how many torrents it had before.
func (s *secure) steppedAside(why exchange.RejectReason, problem exchange.Problem, rows int) {
	s.t.Helper()
	snap := s.e.Snapshot()
	if v := s.seenClient("Transmission/4.1.4"); v.Refusal != why || v.Listed == "" {
		s.t.Errorf("the seen client is %+v", v)
	}
	if len(snap.Pending) != 0 || len(snap.Torrents) != rows || rows > 0 && (snap.Torrents[0].Problem != problem || snap.Torrents[0].Away) {
		s.t.Errorf("pending %+v, rows %+v", snap.Pending, snap.Torrents)
	}
	for _, tracker := range snap.Trackers {
		if tracker.Away || tracker.Problem != exchange.ProblemNone {
			s.t.Errorf("the snapshot has the tracker %+v", tracker)
		}
	}
	entries, _ := s.e.Activity(0)
	n := 0
	for _, e := range entries {
		if e.Kind == exchange.KindTunnel && e.Problem == problem && e.Swarm == bittorrent.UnknownSwarm {
			n++
		}
	}
	if n == 0 || s.log.count("its totals are not multiplied") != n {
		s.t.Errorf("%d notes and %d lines in the log", n, s.log.count("its totals are not multiplied"))
	}
}

// askWhole sends a request through TLS, and reads until the connection ends.
func askWhole(t *testing.T, c *tls.Conn, request string) string {
	t.Helper()
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", b, err)
	}
	return string(b)
}

// TestLeavingDuringTheCheckOfATrackerIsNoRejection: a tracker may be slow.
func TestLeavingDuringTheCheckOfATrackerIsNoRejection(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	silent, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, s.port, _ = net.SplitHostPort(silent.Addr().String())
	s.open(secureName + ":" + s.port)
	c := enginetest.Dial(t, s.e.Snapshot().Addr)
	c.Send(s.curl(secureName))
	c.Head()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		nc, err := silent.Accept() // the check has begun
		if err != nil {
			return
		}
		defer nc.Close()
		_ = c.Conn.Close()
		_, _ = io.Copy(io.Discard, nc)
	}()
	_ = tls.Client(c.Conn, &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()}).Handshake()
	<-ended // and so has the check
	if err := s.e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := s.seenClient("Transmission/4.1.4"); v.Opened != 1 || v.Refusal != exchange.NotRejected {
		t.Errorf("seen: %+v", v)
	}
}
