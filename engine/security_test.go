package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// TestOtherComputersAreRefusedUnlessTheirNetworkIsAllowed; package doors tests who may then connect.
func TestOtherComputersAreRefusedUnlessTheirNetworkIsAllowed(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for _, listen := range []string{"0.0.0.0:0", "[::]:0", "192.168.1.5:0", "[::ffff:0.0.0.0]:0", "203.0.113.1:0"} {
		e := enginetest.NewEngine(t, engine.Options{Listen: listen})
		var se *settings.Error
		if err := e.Start(); !errors.As(err, &se) || se.Field != "allow_networks" {
			t.Errorf("%s: Start returned %v", listen, err)
		}
		e = enginetest.NewEngine(t, engine.Options{})
		if err := e.Change(func(s *settings.Settings) { s.Listen = listen }); !errors.As(err, &se) || se.Field != "allow_networks" {
			t.Errorf("choosing %s: %v, want a settings error of allow_networks", listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "127.0.0.3:0", "[::1]:0", "localhost:0"} {
		e := enginetest.Engine(t, engine.Options{Listen: listen})
		if a, err := netip.ParseAddrPort(addr(t, e)); err != nil || !a.Addr().IsLoopback() {
			t.Errorf("with %s the engine listens on %s, want a loopback address", listen, addr(t, e))
		}
	}
}

// resolveLocally resolves every name to this computer, as a stranger's name server may.
func resolveLocally(name string) netip.Addr {
	if strings.HasPrefix(name, "six") {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// ownAddresses are the ways to write this program's own address.
var ownAddresses = []string{
	"127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
	"[::ffff:0.0.0.0]", "localhost", "LocalHost", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1",
	"017700000001", "127.000.000.001", "127.0.0.1.", "tracker.example", "six.example", "127.0.0.1.nip.example", "[::1%25lo]", "0",
}

// TestTheProgramCannotBeReachedThroughItself: the address that would be dialled matters, not its name.
func TestTheProgramCannotBeReachedThroughItself(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, resolveLocally)
	e := enginetest.Engine(t, engine.Options{})
	_, port, err := net.SplitHostPort(addr(t, e))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, host := range ownAddresses {
		for _, c := range []struct{ what, request string }{
			{"page", fmt.Sprintf("GET http://%s:%s/x HTTP/1.1\r\nHost: x\r\n\r\n", host, port)},
			{"scrape", fmt.Sprintf("GET http://%s:%s/scrape?info_hash=%s HTTP/1.1\r\nHost: x\r\n\r\n", host, port, enginetest.InfoHash)},
			{"tunnel", fmt.Sprintf("CONNECT %s:%s HTTP/1.1\r\nHost: x\r\n\r\n", host, port)},
		} {
			if c.what == "scrape" && (resolvesOddly(host) || elsewhere(host)) {
				continue // for a name that cannot be resolved, or a closed port, the program waits
			}
			seq := e.Snapshot().Seq
			cl := enginetest.Dial(t, addr(t, e))
			head, body := cl.Ask(c.request)
			switch {
			case strings.HasPrefix(head, "HTTP/1.1 403 ") && strings.Contains(head+body, "back to this program"):
				refused++
			case (resolvesOddly(host) || elsewhere(host)) && strings.HasPrefix(head, "HTTP/1.1 502 "): // not this program's address
			default:
				t.Errorf("%s %s: %q %q", host, c.what, head, body)
			}
			cl.Close()
			enginetest.Eventually(t, "the exchange is recorded", func() bool { return e.Snapshot().Seq > seq })
			// If the request had come in again, there would be two entries.
			if entries, _ := e.Activity(seq); len(entries) != 1 {
				t.Errorf("%s %s: recorded: %+v", host, c.what, entries)
			}
		}
	}
	if refused < 2*14 {
		t.Errorf("only %d requests were refused", refused)
	}
}

// elsewhere reports whether a host is a loopback address on which neither the program nor anything else listens.
func elsewhere(host string) bool {
	switch host {
	case "127.0.0.2", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "six.example":
		return true
	}
	return false
}

// resolvesOddly reports whether a host is a number in a form that only some resolvers take for an address.
func resolvesOddly(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && strings.Trim(host, "0123456789.") == ""
}

// TestAnnouncesToOurselvesAreRefused checks the same for announces, which would otherwise be pending and sent again.
func TestAnnouncesToOurselvesAreRefused(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, resolveLocally)
	e := enginetest.Engine(t, engine.Options{})
	_, port, _ := net.SplitHostPort(addr(t, e))
	for _, host := range []string{"127.0.0.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "localhost", "tracker.example"} {
		head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(host+":"+port, "5", "&event=started"))
		if !strings.HasPrefix(head, "HTTP/1.1 403 ") {
			t.Errorf("%s: Ask returned %q", host, head)
		}
	}
	s := e.Snapshot()
	if len(s.Pending) != 0 {
		t.Errorf("pending: %+v, want nothing", s.Pending)
	}
	for _, r := range s.Torrents { // with a name the program notices too late, and the row is harmless
		if host, _, _ := strings.Cut(r.Tracker, ":"); host != "localhost" && host != "tracker.example" {
			t.Errorf("the ledger has a row for %s", r.Tracker)
		}
	}
}

// TestPendingAnnouncesAreNotDeliveredToThisProgram: a tracker's address may have become this program's when a pending
// announce is delivered.
func TestPendingAnnouncesAreNotDeliveredToThisProgram(t *testing.T) {
	enginetest.CheckGoroutines(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tracker := l.Addr().String()
	_ = l.Close()
	e := enginetest.Engine(t, engine.Options{})
	head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tracker, "5", "&event=stopped"))
	if !strings.HasPrefix(head, "HTTP/1.1 504 ") {
		t.Fatalf("Ask returned %q", head)
	}
	enginetest.Eventually(t, "the announce is pending", func() bool { return len(e.Snapshot().Pending) == 1 })
	if err := e.Change(func(s *settings.Settings) { s.Listen = tracker }); err != nil {
		t.Fatal(err)
	}
	seq := e.Snapshot().Seq
	e.Deliver(e.Snapshot().Pending[0].ID)
	enginetest.Eventually(t, "the delivery is recorded", func() bool { return e.Snapshot().Seq > seq })
	for _, n := range activity(e, seq) {
		if n.Kind != exchange.KindRedelivered || n.Outcome != exchange.OutcomeFailed || n.Problem != exchange.ProblemLoop {
			t.Errorf("recorded: %+v", n)
		}
	}
	if err := e.Stop(context.Background()); err != nil { // this tries again
		t.Fatal(err)
	}
	for _, n := range activity(e, seq) {
		if n.Kind != exchange.KindRedelivered {
			t.Errorf("recorded: %+v", n)
		}
	}
}

func activity(e *engine.Engine, seq uint64) []exchange.Entry {
	entries, _ := e.Activity(seq)
	return entries
}

// TestTheInstancesPortIsNotReachedThroughTheProxy: it is a port of this program too.
func TestTheInstancesPortIsNotReachedThroughTheProxy(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{Show: func() {}})
	bell := instanceAddr(t, e)
	for _, request := range []string{"CONNECT " + bell + " HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://" + bell + "/ HTTP/1.1\r\nHost: x\r\n\r\n"} {
		if head, _ := enginetest.Dial(t, addr(t, e)).Ask(request); !strings.HasPrefix(head, "HTTP/1.1 403 ") {
			t.Errorf("%q: Ask returned %q", request, head)
		}
	}
}

// TestABrowsersPageGetsNothing: what a browser sends to the port itself is refused.
func TestABrowsersPageGetsNothing(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	at := addr(t, e)
	marks := "Origin: http://evil.example\r\nSec-Fetch-Mode: cors\r\nReferer: http://evil.example/script\r\nCookie: script=1\r\n"
	announce := "/announce?info_hash=" + enginetest.InfoHash + "&peer_id=-TR4100-0123456789ab&uploaded=5"
	tracker := enginetest.NewTracker(t, nil)
	gateway := "/announce/http/" + tracker.Addr + announce
	for _, c := range []struct {
		name, request string
		status        int
	}{
		{"a page", "GET / HTTP/1.1\r\nHost: " + at + "\r\n" + marks, 403},
		{"an announce", "GET " + announce + " HTTP/1.1\r\nHost: " + at + "\r\n" + marks, 403},
		{"an announce without marks", "GET " + announce + " HTTP/1.1\r\nHost: " + at + "\r\n", 404},
		{"under a name of its own", "GET " + announce + " HTTP/1.1\r\nHost: rebind.evil.example\r\n", 403},
		{"through the gateway", "GET " + gateway + " HTTP/1.1\r\nHost: " + at + "\r\n" + marks, 403},
		{"through the gateway to a local address", "GET " + gateway + " HTTP/1.1\r\nHost: " + at + "\r\nUser-Agent: Mozilla/5.0 (X11)\r\n", 403},
		{"through the gateway under no address", "GET " + gateway + " HTTP/1.1\r\nHost: 0.0.0.0:8080\r\n", 403},
		{"through the gateway under no name", "GET " + gateway + " HTTP/1.1\r\nHost:\r\n", 403},
		{"through the gateway under a wide dot", "GET " + gateway + " HTTP/1.1\r\nHost: evil\u3002example\r\n", 403},
		{"through the gateway under a name of its own", "GET " + gateway + " HTTP/1.1\r\nHost: rebind.evil.example\r\n", 403},
		{"a preflight request", "OPTIONS " + announce + " HTTP/1.1\r\nHost: " + at + "\r\n" + marks + "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n", 403},
		{"a form", "POST / HTTP/1.1\r\nHost: " + at + "\r\n" + marks + "Content-Type: text/plain\r\nContent-Length: 3\r\n", 403},
		{"settings", "GET /settings.json HTTP/1.1\r\nHost: " + at + "\r\n", 404},
		{"a websocket", "GET / HTTP/1.1\r\nHost: " + at + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", 404},
	} {
		head, body := enginetest.Dial(t, at).Ask(c.request + "\r\n")
		mustBeRefused(t, c.status, head, body)
		if strings.Contains(head+body, "evil") {
			t.Errorf("%s: got %q %q", c.name, head, body)
		}
	}
	if s := e.Snapshot(); len(s.Torrents) != 0 || len(s.Pending) != 0 || len(tracker.Heads()) != 0 {
		t.Errorf("the snapshot is %+v, the tracker received %q; want nothing", s, tracker.Heads())
	}
}

// TestBrowserRequestsChangeNeitherLedgerNorCachedAnswers, also if the browser uses this program as its proxy.
func TestBrowserRequestsChangeNeitherLedgerNorCachedAnswers(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	reportedFor(t, e, tr, "100", "")
	reportedFor(t, e, tr, "101", "")
	received := 2
	marks := []string{"Origin: http://evil.example", "origin: null", "Sec-Fetch-Site: cross-site", "SEC-FETCH-DEST: image", "user-agent: Mozilla/5.0"}
	marked := func(uploaded, extra, mark string) string {
		head, _, _ := strings.Cut(enginetest.Announce(tr.Addr, uploaded, extra), "User-Agent:")
		return head + mark + "\r\n\r\n"
	}
	for _, mark := range marks {
		c := enginetest.Dial(t, addr(t, e))
		c.Ask(marked("200", "", mark))
		c.Ask(marked("0", "&event=started", mark))
		c.Close()
		heads := tr.Await(t, received+2)[received:]
		if enginetest.Query(heads[0], "uploaded") != "200" || enginetest.Query(heads[1], "uploaded") != "0" {
			t.Errorf("%s: the tracker received %q", mark, heads)
		}
		received += 2
	}
	if s := e.Snapshot(); s.Totals != (exchange.Sums{Seen: 1, Reported: 3}) || len(s.Torrents) != 1 {
		t.Errorf("the totals are %+v, want 1 seen and 3 reported", s.Totals)
	}
	tr.Close() // from here on there is only the cached answer
	for _, mark := range marks {
		if head, body := enginetest.Dial(t, addr(t, e)).Ask(marked("300", "", mark)); !strings.HasPrefix(head, "HTTP/1.1 502 ") || strings.Contains(body, "interval") {
			t.Errorf("%s: got %q %q", mark, head, body)
		}
	}
	if s := e.Snapshot(); len(s.Pending) != 0 {
		t.Errorf("pending: %+v, want nothing", s.Pending)
	}
	if head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, "102", "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Errorf("without a browser's header the client got %q, want the tracker's answer", head)
	}
}

// TestAClientThatReturnsCookiesIsNotTakenForABrowser: aria2 returns a tracker's cookies, and its total must not fall
// because of that.
func TestAClientThatReturnsCookiesIsNotTakenForABrowser(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	reportedFor(t, e, tr, "100", "")
	const cookie = "User-Agent: aria2/1.36.0\r\nCookie: __cf_bm=abc;\r\n\r\n"
	request, _, _ := strings.Cut(enginetest.Announce(tr.Addr, "200", ""), "User-Agent:")
	enginetest.Dial(t, addr(t, e)).Ask(request + cookie)
	if head := tr.Await(t, 2)[1]; enginetest.Query(head, "uploaded") != "400" || !strings.HasSuffix(head, cookie) {
		t.Errorf("the tracker received %q", head)
	}
	for i, lines := range []string{"Referer: http://t.example/\r\n", "User-Agent: node\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\n", "User-Agent: Transmission/4.1.0\r\nOrigin: null\r\n"} {
		request, _, _ := strings.Cut(enginetest.Announce(tr.Addr, strconv.Itoa(300+100*i), ""), "User-Agent:")
		enginetest.Dial(t, addr(t, e)).Ask(request + lines + "\r\n")
		if head := tr.Await(t, 3+i)[2+i]; enginetest.Query(head, "uploaded") != strconv.Itoa(700+300*i) {
			t.Errorf("%q: the tracker received %q", lines, head)
		}
	}
}

// TestTheGatewayForwardsNoCookies: there all trackers have the same host, so each would get the others' cookies; and
// a client that sends cookies would be refused as a browser.
func TestTheGatewayForwardsNoCookies(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const before, after = "HTTP/1.1 200 OK\r\nServer: cf\r\n", "Content-Length: 29\r\n\r\n"
	const body = "d8:intervali1800e5:peers0:e\r\n"
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		x.Send(before + "Set-Cookie: __cf_bm=abc; path=/\r\nset-cookie: b=c\r\n" + after + body)
	})
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	c := enginetest.Dial(t, addr(t, e))
	if head, _ := c.Ask(enginetest.Announce(tr.Addr, "5", "")); !strings.Contains(head, "Set-Cookie: __cf_bm=abc; path=/\r\nset-cookie: b=c\r\n") {
		t.Errorf("through the proxy the client got %q, want the cookies", head)
	}
	gateway := gatewayed("/announce/http/"+tr.Addr+"/announce", "5", "")
	for _, from := range []string{"the tracker", "memory"} {
		if head, got := c.Ask(gateway); head+got != before+after+body {
			t.Errorf("through the gateway from %s the client got %q, want no cookies", from, head+got)
		}
		tr.Close()
	}
}

func TestConnectReachesOnlyPortsOfTrackersAndPeers(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	tr := enginetest.NewTracker(t, nil)
	at := func(port int) string { return fmt.Sprintf("127.0.0.2:%d", port) }
	cases := map[string]string{tr.Addr: "200", at(443): "502", at(80): "502", at(444): "502", at(1023): "502", "mail.example:25": "403", "[::1]:22": "403"}
	for _, port := range []int{1, 7, 21, 22, 23, 25, 53, 110, 135, 139, 143, 389, 445, 465, 587, 993} {
		cases[at(port)] = "403"
	}
	for target, status := range cases {
		c := enginetest.Dial(t, addr(t, e))
		c.Send("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n")
		if head := c.Head(); !strings.HasPrefix(head, "HTTP/1.1 "+status+" ") {
			t.Errorf("%s: Head returned %q", target, head)
		}
		c.Close()
	}
}

// TestASystemProxyThatPointsHereIsNotUsed. The tracker has a name, because programs do not use a proxy for loopback
// addresses.
func TestASystemProxyThatPointsHereIsNotUsed(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, func(string) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 2}) })
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "http://"+addr(t, e))
	}
	_, port, _ := net.SplitHostPort(tr.Addr)
	name := "tracker.example:" + port
	head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(name, "5", ""))
	if heads := tr.Await(t, 1); !strings.HasPrefix(head, "HTTP/1.1 200 ") || !strings.HasPrefix(heads[0], "GET /announce?") {
		t.Errorf("the client got %q, the tracker received %q", head, heads)
	}
	if n := e.Snapshot().Seq; n > 1 {
		t.Errorf("%d exchanges were recorded, want 1", n)
	}
}
