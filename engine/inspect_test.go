package engine_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// throughCONNECT opens a stream by CONNECT.
func throughCONNECT(t testing.TB, proxy, to string) *enginetest.Client {
	t.Helper()
	c := enginetest.Dial(t, proxy)
	c.Send("CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n")
	if head := c.Head(); head != "HTTP/1.1 200 OK\r\n\r\n" {
		t.Fatalf("CONNECT got %q, want %q", head, "HTTP/1.1 200 OK\r\n\r\n")
	}
	return c
}

// TestAnAnnounceInsideCONNECTIsMultiplied: a client that tunnels everything also announces to http trackers in a
// tunnel.
func TestAnAnnounceInsideCONNECTIsMultiplied(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	c := throughCONNECT(t, addr(t, e), tr.Addr)
	for i, step := range []struct{ uploaded, reported string }{{"0", "0"}, {"1000", "3000"}} {
		if head, _ := c.Ask(directAnnounce(tr.Addr, step.uploaded, "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("got %q", head)
		}
		if got, want := tr.Await(t, i+1)[i], directAnnounce(tr.Addr, step.reported, ""); got != want {
			t.Errorf("the tracker received %q, want %q", got, want)
		}
	}
	if n := tr.Conns(); n != 1 {
		t.Errorf("%d connections to the tracker, want only that of CONNECT", n)
	}
}

// TestCONNECTCarriesOtherProtocolsWhicheverSideSendsFirst: the server or the client may send first, also after a
// silence.
func TestCONNECTCarriesOtherProtocolsWhicheverSideSendsFirst(t *testing.T) {
	enginetest.Parallel(t)
	e := enginetest.Engine(t, engine.Options{})
	greets := throughCONNECT(t, addr(t, e), echo(t, "127.0.0.2:0", "220 hello\r\n"))
	if got := greets.Read(11); got != "220 hello\r\n" {
		t.Errorf("got %q, want %q", got, "220 hello\r\n")
	}
	for _, words := range []string{"\x13BitTorrent protocol", "G", "GE"} { // the last two may still become GET
		c := throughCONNECT(t, addr(t, e), echo(t, "127.0.0.2:0", ""))
		c.Send(words)
		if got := c.Read(len(words)); got != words {
			t.Errorf("%q arrived as %q", words, got)
		}
	}
}

// TestAnUpgradeIsCopiedBothWays: after 101 both sides use another protocol.
func TestAnUpgradeIsCopiedBothWays(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
	for name, open := range map[string]func(t testing.TB, proxy, to string) *enginetest.Client{"SOCKS5": enginetest.SOCKS5, "CONNECT": throughCONNECT} {
		t.Run(name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
				x.Send(answer + "hello")
				x.Close()
			})
			e := enginetest.Engine(t, engine.Options{})
			c := open(t, addr(t, e), tr.Addr)
			c.Send("GET /announce HTTP/1.1\r\nHost: " + tr.Addr + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			if got := c.Rest(); got != answer+"hello" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestADownloadEndsWithItsClient: the connection to a silent server is closed when its client has left.
func TestADownloadEndsWithItsClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	c.Send("GET http://" + l.Addr().String() + "/seed HTTP/1.1\r\nHost: " + l.Addr().String() + "\r\n\r\n")
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	b := make([]byte, 4096)
	if n, err := server.Read(b); err != nil || !strings.HasSuffix(string(b[:n]), "\r\n\r\n") {
		t.Fatalf("Read returned %q, %v", b[:n], err)
	}
	c.Close()
	_ = server.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := server.Read(b); err != io.EOF {
		t.Errorf("the server's connection is still open: %v", err)
	}
}

// TestAFileNamedScrapeIsNoScrape: a file with that name may be larger than an answer to a scrape.
func TestAFileNamedScrapeIsNoScrape(t *testing.T) {
	enginetest.CheckGoroutines(t)
	body := strings.Repeat("0123456789abcdef", 9<<20/16)
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer(body) })
	e := enginetest.Engine(t, engine.Options{})
	if _, got := enginetest.Dial(t, addr(t, e)).Ask("GET http://" + tr.Addr + "/files/scrape-site.tar HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n"); got != body {
		t.Errorf("the client got %d of %d bytes", len(got), len(body))
	}
}

// TestNoRequestGoesToAClosedPort, through whichever door the client connects.
func TestNoRequestGoesToAClosedPort(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	const query = "?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&port=1&uploaded=0&downloaded=0&left=0"
	for _, to := range []string{"127.0.0.2:22", "127.0.0.2:25", "127.0.0.2:53", "127.0.0.2:445"} {
		plain := func() *enginetest.Client { return enginetest.Dial(t, addr(t, e)) }
		for name, ask := range map[string]func() (head, body string){
			"an announce": func() (string, string) { return plain().Ask(enginetest.Announce(to, "0", "")) },
			"a page": func() (string, string) {
				return plain().Ask("GET http://" + to + "/ HTTP/1.1\r\nHost: " + to + "\r\n\r\n")
			},
			"the gateway":      func() (string, string) { return plain().Ask(gatewayed("/announce/http/"+to+"/announce", "0", "")) },
			"the gateway, udp": func() (string, string) { return plain().Ask(gatewayed("/announce/udp/"+to+"/announce", "0", "")) },
			"the gateway, not certainly an announce": func() (string, string) {
				return plain().Ask("GET /announce/http/" + to + "/a" + query + "&uploaded=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
			},
			"SOCKS": func() (string, string) { return enginetest.SOCKS5(t, addr(t, e), to).Ask(directAnnounce(to, "0", "")) },
		} {
			if head, _ := ask(); !strings.HasPrefix(head, "HTTP/1.1 403 BittOratio: no tracker listens on that port") {
				t.Errorf("%s to %s got %q, want 403", name, to, head)
			}
		}
	}
}

// TestRequestsForIconsAreNotLogged: at each start Transmission requests four icons from each tracker's host, which must
// not fill the log.
func TestRequestsForIconsAreNotLogged(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	at := addr(t, e)
	for _, request := range []string{"GET /favicon.ico HTTP/1.1\r\nHost: " + at, "GET http://" + at + "/favicon.png HTTP/1.1\r\nHost: " + at} {
		if head, _ := enginetest.Dial(t, at).Ask(request + "\r\n\r\n"); !strings.HasPrefix(head, "HTTP/1.1 404 ") {
			t.Errorf("%q got %q", request, head)
		}
	}
	if head, _ := enginetest.Dial(t, at).Ask("GET /icon HTTP/1.1\r\nHost: " + at + "\r\n\r\n"); !strings.HasPrefix(head, "HTTP/1.1 404 ") {
		t.Errorf("got %q", head)
	}
	// A connection is recorded after its client had time to read; the last one is recorded last.
	enginetest.Eventually(t, "the last one is recorded", func() bool { return len(activity(e, 0)) > 0 })
	if recorded := activity(e, 0); len(recorded) != 1 {
		t.Errorf("recorded: %+v", recorded)
	}
}

// TestATooLargeRequestPassesInATunnel: without this program it would reach the server, which may accept it.
func TestATooLargeRequestPassesInATunnel(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	at := echo(t, "127.0.0.2:0", "")
	request := "GET /scrape?" + strings.Repeat("info_hash=%01%02%03456789abcdefghijk&", 1000) + " HTTP/1.1\r\nHost: " + at + "\r\n\r\n"
	for name, dial := range map[string]func(testing.TB, string, string) *enginetest.Client{"SOCKS5": enginetest.SOCKS5, "SOCKS4": enginetest.SOCKS4, "CONNECT": throughCONNECT} {
		c := dial(t, addr(t, e), at)
		c.Send(request)
		if got := c.Read(len(request)); got != request {
			t.Errorf("%s: got %.100q, want %.100q", name, got, request)
		}
		c.Close()
	}
}
