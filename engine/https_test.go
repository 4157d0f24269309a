package engine_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
)

func TestAListedHostIsDecryptedAndServedAsOverHTTP(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	for i, c := range []struct {
		name, connect string
		config        *tls.Config
	}{
		{"curl, which names the host", s.curl(secureName), &tls.Config{NextProtos: []string{"h2", "http/1.1"}}},
		{"libtorrent, which names its address", "CONNECT 127.0.0.2:" + s.port + " HTTP/1.0\r\n\r\n", &tls.Config{}},
		{"SOCKS5", socks5(secureName, s.port), &tls.Config{}},
		{"TLS 1.2", s.curl(secureName), &tls.Config{MaxVersion: tls.VersionTLS12}},
	} {
		c.config.RootCAs, c.config.ServerName = s.trustingRoots(), secureName
		stream, err := s.through(c.connect, c.config)
		if err != nil {
			t.Fatalf("%s: the TLS handshake returned %v", c.name, err)
		}
		if p := stream.ConnectionState().NegotiatedProtocol; len(c.config.NextProtos) > 0 && p != "http/1.1" {
			t.Errorf("%s: the protocol is %q, want http/1.1", c.name, p)
		}
		for turn := range 2 { // the second one on the same connection
			seen := 1000*i + 10*turn
			if got := askInside(t, stream, s.announce(fmt.Sprint(seen))); got != enginetest.Answer(enginetest.Peers) {
				t.Errorf("%s: askInside returned %q", c.name, got)
			}
			heads := s.tracker.Await(t, 2*i+turn+1)
			if want := s.announce(fmt.Sprint(3 * seen)); heads[len(heads)-1] != want {
				t.Errorf("%s: the tracker received\n%q, want\n%q", c.name, heads[len(heads)-1], want)
			}
		}
		_ = stream.Close()
	}
	enginetest.Eventually(t, "all exchanges are recorded", func() bool { return s.e.Snapshot().Totals.Seen == 3010 })
	snap := s.e.Snapshot()
	if len(snap.Torrents) != 1 || snap.Torrents[0].Tracker != secureName+":"+s.port || snap.Totals.Reported != 3*3010 {
		t.Errorf("the ledger has %d rows: %+v", len(snap.Torrents), snap.Torrents)
	}
	if v := s.seenClient("Transmission/4.1.4"); v.Opened != 2 || v.Refusal != exchange.NotRejected || v.Host != secureName+":"+s.port || v.Listed != v.Host {
		t.Errorf("the client was recorded as %+v", v)
	}
	if v := s.seenClient(""); v.Opened != 2 {
		t.Errorf("the client was recorded as %+v", v)
	}
	if s.log.count("0123456789abcdef0123") > 0 {
		t.Error("the log has the passkey")
	}
}

func TestAStreamToAnUnlistedHostStaysABlindTunnel(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	for _, c := range []struct {
		name, connect string
		config        *tls.Config
		hosts         []string
	}{
		{"another host", s.curl("other.test"), &tls.Config{ServerName: "other.test"}, nil},
		{"another host, by address", "CONNECT 127.0.0.2:" + s.port + " HTTP/1.0\r\n\r\n", &tls.Config{ServerName: "other.test"}, nil},
		{"the address itself, without a name", s.curl("127.0.0.2"), &tls.Config{ServerName: "127.0.0.2"}, nil},
		{"another port", s.curl(secureName), &tls.Config{ServerName: secureName}, []string{secureName + ":1"}},
		{"HTTP/2 alone", s.curl(secureName), &tls.Config{ServerName: secureName, NextProtos: []string{"h2"}}, nil},
	} {
		if s.open(secureName + ":" + s.port); c.hosts != nil {
			s.open(c.hosts...)
		}
		c.config.RootCAs = s.trackerRoots()
		stream, err := s.through(c.connect, c.config)
		if err != nil {
			t.Errorf("%s: %v", c.name, err) // the client did not get the tracker's own certificate
			continue
		}
		before := len(s.tracker.Heads())
		if got := askInside(t, stream, s.announce("1000")); got != enginetest.Answer(enginetest.Peers) {
			t.Errorf("%s: askInside returned %q", c.name, got)
		}
		if heads := s.tracker.Await(t, before+1); heads[before] != s.announce("1000") {
			t.Errorf("%s: the tracker received %q", c.name, heads[before])
		}
		_ = stream.Close()
	}
	if snap := s.e.Snapshot(); len(snap.Torrents) != 0 {
		t.Errorf("the ledger has %d rows: %+v, want 0", len(snap.Torrents), snap.Torrents)
	}
}

func TestAClientThatRejectsTheCertificateIsTunnelledFromThenOn(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	for i, c := range []struct {
		name   string
		refuse func(*testing.T)
		want   exchange.RejectReason
	}{
		{"with an alert", func(t *testing.T) {
			if _, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trackerRoots()}); err == nil {
				t.Error("the client trusts the program's certificate")
			}
		}, exchange.RejectedCertificate},
		{"by closing during the handshake", func(*testing.T) {
			c := enginetest.Dial(t, s.e.Snapshot().Addr)
			c.Send(s.curl(secureName))
			c.Head()
			stream := tls.Client(c.Conn, &tls.Config{ServerName: secureName, InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error {
				return c.Conn.Close()
			}})
			_ = stream.Handshake()
		}, exchange.RejectedSilently},
		{"after the handshake, as GnuTLS does", func(t *testing.T) {
			stream, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			_ = stream.Close()
		}, exchange.RejectedSilently},
	} {
		c.refuse(t)
		enginetest.Eventually(t, c.name, func() bool { return s.seenClient("Transmission/4.1.4").Refusal == c.want })
		stream, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trackerRoots()})
		if err != nil {
			t.Fatalf("%s: not tunnelled: %v", c.name, err)
		}
		if got := askInside(t, stream, s.announce("1000")); got != enginetest.Answer(enginetest.Peers) {
			t.Errorf("%s: askInside returned %q", c.name, got)
		}
		_ = stream.Close()
		if i > 0 {
			s.e.RetryClients()
		} else if err := s.e.Reload(); err != nil { // the same without a window
			t.Fatal(err)
		}
		if stream, err = s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()}); err != nil {
			t.Fatalf("%s: the client is not decrypted again: %v", c.name, err)
		}
		askInside(t, stream, s.announce("1000"))
		_ = stream.Close()
		if v := s.seenClient("Transmission/4.1.4"); v.Refusal != exchange.NotRejected {
			t.Errorf("%s: seenClient returned %+v", c.name, v)
		}
		s.e.RetryClients()
	}
	entries, _ := s.e.Activity(0)
	n := 0
	for _, e := range entries {
		if e.Problem == exchange.ProblemUntrusted {
			n++
		}
	}
	if n != 3 {
		t.Errorf("the activity has %d rejections, want 3", n)
	}
}

func TestATrackerWithABadCertificateReceivesNothingAndTheClientGetsTheReason(t *testing.T) {
	later := time.Now().Add(time.Hour)
	one := func(c *tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{*c}} }
	for name, config := range map[string]func(root *tls.Certificate) *tls.Config{
		"expired": func(root *tls.Certificate) *tls.Config {
			return one(enginetest.MustIssue(t, root, time.Now().Add(-time.Minute), secureName))
		},
		"another host's": func(root *tls.Certificate) *tls.Config {
			return one(enginetest.MustIssue(t, root, later, "other.test"))
		},
		"self-signed": func(*tls.Certificate) *tls.Config { return one(enginetest.MustIssue(t, nil, later, secureName)) },
		"an unknown root": func(*tls.Certificate) *tls.Config {
			return one(enginetest.MustIssue(t, enginetest.MustIssue(t, nil, later), later, secureName))
		},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			s := newSecure(t, config)
			stream, err := s.through(s.curl(secureName), &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(stream, s.announce("1000")); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stream).ReadString('\n')
			if err != nil || line != "HTTP/1.1 504 BittOratio: the tracker's certificate was not accepted\r\n" {
				t.Errorf("the client got %q (%v), want the reason", line, err)
			}
			_ = stream.Close()
			if n := s.front.Read.Load(); n != 0 || len(s.tracker.Heads()) != 0 {
				t.Errorf("the tracker received %d bytes, want none", n)
			}
			enginetest.Eventually(t, "the snapshot has the reason, and the announce is pending", func() bool {
				snap := s.e.Snapshot()
				return len(snap.Torrents) == 1 && snap.Torrents[0].Problem == exchange.ProblemTLS && len(snap.Pending) == 1
			})
		})
	}
}

func TestAnAwayHTTPSTrackerReceivesTheAnnounceLater(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	config := &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()}
	stream, err := s.through(s.curl(secureName), config)
	if err != nil {
		t.Fatal(err)
	}
	askInside(t, stream, s.announce("1000"))
	_ = stream.Close()
	s.front.Close()
	if stream, err = s.through(s.curl(secureName), config); err != nil {
		t.Fatal(err)
	}
	if got := askInside(t, stream, s.announce("2000")); got != enginetest.Answer(enginetest.Peers) {
		t.Errorf("while the tracker is away the client got %q, want the cached answer", got)
	}
	_ = stream.Close()
	snap := s.e.Snapshot()
	if len(snap.Pending) != 1 || snap.Pending[0].Reported != 4000 {
		t.Fatalf("pending: %+v, want one with 4000 reported", snap.Pending)
	}
	s.front = enginetest.NewFront(t, s.front.Addr, s.tracker.Addr, &tls.Config{
		Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), secureName)},
	})
	s.e.Deliver(snap.Pending[0].ID)
	heads := s.tracker.Await(t, 2)
	if want := s.announce("4000"); heads[1] != want {
		t.Errorf("the tracker received %q, want %q", heads[1], want)
	}
	if n := s.front.Shook.Load(); n != 1 {
		t.Errorf("%d handshakes with the tracker, want 1", n)
	}
}

func TestSnapshotsListTLSHostsEvenIfNothingIsDecrypted(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	if err := s.e.RemoveAuthority(); err != nil {
		t.Fatal(err)
	}
	stream, err := s.through("CONNECT 127.0.0.2:"+s.port+" HTTP/1.0\r\n\r\n", &tls.Config{ServerName: "0123456789abcdef0123.tracker.test", RootCAs: s.trackerRoots(), InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Close()
	peer := enginetest.Dial(t, s.e.Snapshot().Addr)
	peer.Send("CONNECT " + s.tracker.Addr + " HTTP/1.0\r\n\r\n\x13BitTorrent protocol")
	peer.Head()
	peer.Close()
	h := s.e.Snapshot().HTTPS
	if len(h.Seen) != 1 || h.Seen[0].Host != "*.tracker.test:"+s.port || h.Seen[0].Count != 1 || h.Seen[0].Opened != 0 {
		t.Errorf("the TLS hosts are %+v, want one with one connection, not decrypted", h.Seen)
	}
	if left, _ := filepath.Glob(filepath.Join(s.e.Folder(), "*.pem*")); h.On || h.Stored || len(left) > 0 {
		t.Errorf("after the authority's removal: %+v, files %v; want none", h, left)
	}
}

func TestTheAuthorityFollowsTheSettings(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	first := s.e.Snapshot().HTTPS
	if !first.On || !first.Stored || len(first.Fingerprint) != 95 || first.Until.Before(time.Now().Add(300*24*time.Hour)) || first.Trouble != "" {
		t.Fatalf("the authority is %+v, want it on, stored and valid", first)
	}
	bundle, err := os.ReadFile(first.Bundle)
	own, _ := os.ReadFile(first.Certificate)
	if err != nil || !bytes.HasSuffix(bundle, own) || bytes.Count(bundle, []byte("BEGIN CERTIFICATE")) < 2 || bytes.Contains(bundle, []byte("PRIVATE")) {
		t.Errorf("the bundle does not have the authorities of the system and the own one: %v", err)
	}
	s.open("another.test")
	second := s.e.Snapshot().HTTPS
	if second.Fingerprint == first.Fingerprint {
		t.Error("another list of hosts has the same certificate")
	}
	if err := s.e.Change(func(c *settings.Settings) { c.OpenHTTPS = false }); err != nil {
		t.Fatal(err)
	}
	if off := s.e.Snapshot().HTTPS; off.On || !off.Stored || off.Name != second.Name || off.Name == "" || off.Fingerprint != "" {
		t.Errorf("switched off, the authority is %+v, want it stored", off)
	}
	s.open("another.test")
	if again := s.e.Snapshot().HTTPS; again.Fingerprint != second.Fingerprint {
		t.Error("switched on again, the authority has another certificate")
	}
}

func TestADamagedAuthorityIsReported(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"settings.json": `{"open_https": true, "open_hosts": ["tracker.test"]}`,
		"authority.pem": "-----BEGIN CERT",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	snap := enginetest.Engine(t, engine.Options{Folder: folder}).Snapshot()
	if len(snap.Notices) != 1 || snap.Notices[0].Kind != engine.NoticeAuthority || !snap.HTTPS.On {
		t.Fatalf("notices %+v, authority %+v; want one notice, and a new authority", snap.Notices, snap.HTTPS)
	}
	if b, err := os.ReadFile(filepath.Join(folder, snap.Notices[0].File)); err != nil || string(b) != "-----BEGIN CERT" {
		t.Errorf("the file set aside has %q (%v), want the damaged one", b, err)
	}
}

func TestAConnectionToTheTrackerServesTheNextClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	config := &tls.Config{ServerName: secureName, RootCAs: s.trustingRoots()}
	for i, c := range []struct {
		name, head string
		shook      int64 // all handshakes at the tracker
	}{
		{"the first client", "", 1},
		{"a second client", "", 1},
		{"a client that asks for Connection: close", "Connection: close\r\n", 1},
		{"the client after it", "", 2},
	} {
		stream, err := s.through(s.curl(secureName), config)
		if err != nil {
			t.Fatal(err)
		}
		request := strings.Replace(s.announce(fmt.Sprint(1000*i)), "User-Agent", c.head+"User-Agent", 1)
		if got := askInside(t, stream, request); got != enginetest.Answer(enginetest.Peers) {
			t.Errorf("%s: askInside returned %q", c.name, got)
		}
		_ = stream.CloseWrite()
		_, _ = io.Copy(io.Discard, stream.NetConn()) // the TCP connection has ended, too
		_ = stream.Close()
		if n := s.front.Shook.Load(); n != c.shook {
			t.Errorf("%s: %d handshakes with the tracker, want %d", c.name, n, c.shook)
		}
	}
}

// TestASlowHTTPSTrackerIsWaitedFor: while the program waits for the answer, it repeatedly checks whether the client has
// left, which must not break the TLS connection.
func TestASlowHTTPSTrackerIsWaitedFor(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	slow := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		head := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(enginetest.Peers)) + "\r\n\r\n"
		time.Sleep(1200 * time.Millisecond)
		x.Send(head + enginetest.Peers[:5])
		time.Sleep(1200 * time.Millisecond)
		x.Send(enginetest.Peers[5:])
	})
	front := enginetest.NewFront(t, "127.0.0.2:0", slow.Addr, &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), secureName)}})
	_, s.port, _ = net.SplitHostPort(front.Addr)
	s.open(secureName + ":" + s.port)
	c, err := s.through(s.curl(secureName), &tls.Config{RootCAs: s.trustingRoots(), ServerName: secureName})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, uploaded := range []string{"0", "1000"} {
		if got := askInside(t, c, s.announce(uploaded)); !strings.HasSuffix(got, enginetest.Peers) {
			t.Errorf("the client got %q", got)
		}
	}
	if heads := slow.Heads(); len(heads) != 2 || enginetest.Query(heads[1], "uploaded") != "3000" || len(s.e.Snapshot().Pending) != 0 {
		t.Errorf("the tracker received %q", heads)
	}
}

func TestInsideADecryptedStreamRequestsForOtherHostsAreUnchanged(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	s.open("127.0.0.2:" + s.port)
	for i, c := range []struct{ host, reported string }{
		{"127.0.0.2:" + s.port, "0"},
		{"127.0.0.2:" + s.port, "3000"},
		{"other.test:" + s.port, "2000"}, // the client asked for no certificate for this host
	} {
		stream, err := s.through("CONNECT 127.0.0.2:"+s.port+" HTTP/1.0\r\n\r\n", &tls.Config{ServerName: "127.0.0.2", RootCAs: s.trustingRoots()})
		if err != nil {
			t.Fatal(err)
		}
		announceTo := func(uploaded string) string {
			return strings.Replace(s.announce(uploaded), secureName+":"+s.port, c.host, 1)
		}
		if got := askInside(t, stream, announceTo(fmt.Sprint(1000*i))); got != enginetest.Answer(enginetest.Peers) {
			t.Errorf("%s: askInside returned %q", c.host, got)
		}
		_ = stream.Close()
		if heads := s.tracker.Await(t, i+1); heads[i] != announceTo(c.reported) {
			t.Errorf("%s: the tracker received %q", c.host, heads[i])
		}
	}
}
