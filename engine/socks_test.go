package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
)

// socksForms are the forms of the SOCKS door, each to a tracker at an IPv4 address, which is also called
// tracker.example.
var socksForms = []struct {
	name string
	open func(t testing.TB, proxy, to string) *enginetest.Client
	host string // empty for the address
}{
	{"SOCKS5 to an address", enginetest.SOCKS5, ""},
	{"SOCKS5 to a name", enginetest.SOCKS5, "tracker.example"},
	{"SOCKS4", enginetest.SOCKS4, ""},
	{"SOCKS4a", enginetest.SOCKS4, "tracker.example"},
}

// trackerExample resolves only tracker.example, to 127.0.0.2, where test trackers are.
func trackerExample(name string) netip.Addr {
	if name == "tracker.example" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 2})
	}
	return netip.Addr{}
}

func portOf(t testing.TB, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// directAnnounce returns an announce as sent to the tracker itself, with unusual spacing that must not change.
func directAnnounce(host, uploaded, extra string) string {
	return "GET /0123456789abcdef0123456789abcdef/announce?info_hash=%16%7bsK%c7%81j%e7%98%b6b%fc%ad%c2E%d1S%cd%18z&peer_id=-qB4520-fqonkus8jIM(&port=51415&uploaded=" +
		uploaded + "&downloaded=0&left=0&corrupt=0&key=CC0C265C" + extra + "&numwant=200&compact=1 HTTP/1.1\r\nhost:  " + host + "\r\nX-Odd:  spacing \r\nProxy-Connection: x\r\nConnection: keep-alive\r\n\r\n"
}

// TestOnlyTheTotalOfAnAnnounceThroughSOCKSChanges: its head has no line for a proxy, so nothing else changes.
func TestOnlyTheTotalOfAnAnnounceThroughSOCKSChanges(t *testing.T) {
	enginetest.Names(t, trackerExample)
	for _, form := range socksForms {
		t.Run(form.name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			tr := enginetest.NewTracker(t, nil)
			e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
			to := tr.Addr
			if form.host != "" {
				to = form.host + ":" + portOf(t, tr.Addr)
			}
			c := form.open(t, addr(t, e), to)
			for _, step := range []struct{ uploaded, reported, extra string }{{"0", "0", "&event=started"}, {"1000", "3000", ""}, {"1000", "3000", "&event=stopped"}} {
				if head, body := c.Ask(directAnnounce(to, step.uploaded, step.extra)); head != "HTTP/1.1 200 OK\r\nContent-Length: 56\r\n\r\n" || body != enginetest.Peers {
					t.Errorf("got %q %q", head, body)
				}
				heads := tr.Heads()
				if got, want := heads[len(heads)-1], directAnnounce(to, step.reported, step.extra); got != want {
					t.Errorf("the tracker received %q, want %q", got, want)
				}
			}
			if s := e.Snapshot(); len(s.Torrents) != 1 || tr.Conns() != 1 {
				t.Errorf("%d torrents on %d connections, want one of each", len(s.Torrents), tr.Conns())
			}
		})
	}
}

// TestFourCopiesOfAnAnnounceAreOneSession: libtorrent announces from each of its addresses, and may reach the tracker
// by its name and by its address. The Host line identifies the tracker.
func TestFourCopiesOfAnAnnounceAreOneSession(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	name := "tracker.example:" + portOf(t, tr.Addr)
	for _, uploaded := range []string{"0", "500"} {
		var copies []*enginetest.Client
		for _, form := range socksForms {
			to := tr.Addr
			if form.host != "" {
				to = name
			}
			c := form.open(t, addr(t, e), to)
			c.Send(directAnnounce(name, uploaded, ""))
			copies = append(copies, c)
		}
		for _, c := range copies {
			if head, body := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 200 ") || body != enginetest.Peers {
				t.Errorf("got %q %q", head, body)
			}
		}
	}
	s := e.Snapshot()
	if len(s.Torrents) != 1 || s.Totals.Seen != 500 || s.Totals.Reported != 1500 {
		t.Errorf("%d torrents with %d seen and %d reported, want one with 500 and 1500", len(s.Torrents), s.Totals.Seen, s.Totals.Reported)
	}
	if heads := tr.Heads(); len(heads) != 2 { // the copies got the first one's answer
		t.Errorf("the tracker received %d announces, want 2", len(heads))
	}
	for _, head := range tr.Heads()[1:] {
		if reported := enginetest.Query(head, "uploaded"); reported != "1500" {
			t.Errorf("reported %s, want 1500", reported)
		}
	}
}

// TestClientsOfAnAwayTrackerAreAnsweredThroughSOCKS: the SOCKS handshake succeeds although the tracker is away, so that
// the client gets the cached answer or a reason. The announce is delivered when the tracker is back.
func TestClientsOfAnAwayTrackerAreAnsweredThroughSOCKS(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	if head, _ := enginetest.SOCKS5(t, addr(t, e), tr.Addr).Ask(directAnnounce(tr.Addr, "0", "&event=started")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Fatalf("got %q", head)
	}
	tr.Close()
	if head, body := enginetest.SOCKS5(t, addr(t, e), tr.Addr).Ask(directAnnounce(tr.Addr, "1000", "&event=stopped")); !strings.HasPrefix(head, "HTTP/1.1 200 ") || body != enginetest.Peers {
		t.Errorf("got %q %q", head, body)
	}
	other := strings.Replace(directAnnounce(tr.Addr, "5", "&event=stopped"), "%16%7b", "%17%7b", 1)
	if head, body := enginetest.SOCKS4(t, addr(t, e), tr.Addr).Ask(other); !strings.HasPrefix(head, "HTTP/1.1 504 BittOratio: ") || !strings.HasPrefix(body, "d14:failure reason") {
		t.Errorf("got %q %q", head, body)
	}
	back := enginetest.NewTrackerAt(t, tr.Addr, nil)
	var waiting []engine.Pending
	enginetest.Eventually(t, "two announces wait", func() bool { waiting = e.Snapshot().Pending; return len(waiting) == 2 })
	e.Deliver(waiting[0].ID)
	want := directAnnounce(tr.Addr, "3000", "&event=stopped")
	enginetest.Eventually(t, "the first one is delivered; the other's exchange may have gone on before", func() bool { return slices.Contains(back.Heads(), want) })
}

// TestPeersPassThroughSOCKSUntouched in both directions.
func TestPeersPassThroughSOCKSUntouched(t *testing.T) {
	for _, form := range socksForms[:3] {
		t.Run(form.name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			enginetest.Names(t, trackerExample)
			const size = 1 << 20
			peer := echo(t, "127.0.0.2:0", "")
			e := enginetest.Engine(t, engine.Options{})
			to := peer
			if form.host != "" {
				to = form.host + ":" + portOf(t, peer)
			}
			c := form.open(t, addr(t, e), to)
			handshake := "\x13BitTorrent protocol" + strings.Repeat("\x00", 8) + strings.Repeat("GET ", size/4)
			go c.Send(handshake)
			if got := c.Read(len(handshake)); got != handshake {
				t.Error("the bytes changed on their way")
			}
			if err := c.Conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if rest := c.Rest(); rest != "bye" {
				t.Errorf("after the client's end it got %q, want the farewell", rest)
			}
		})
	}
}

// echo greets each client, sends back what it receives, and sends a farewell when the client has finished.
func echo(t testing.TB, at, greeting string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				_, _ = io.WriteString(c, greeting)
				_, _ = io.Copy(c, c)
				_, _ = io.WriteString(c, "bye")
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	return l.Addr().String()
}

// TestAServerMaySendFirst: its bytes reach a silent client.
func TestAServerMaySendFirst(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.SOCKS5(t, addr(t, e), echo(t, "127.0.0.2:0", "220 hello\r\n"))
	if got := c.Read(11); got != "220 hello\r\n" {
		t.Errorf("got %q, want %q", got, "220 hello\r\n")
	}
	c.Send("GET back")
	if got := c.Read(8); got != "GET back" {
		t.Errorf("got %q, want %q", got, "GET back")
	}
}

// TestALateAnnounceIsRecognised: if a client hesitates, the program connects to the tracker before the announce
// arrives.
func TestALateAnnounceIsRecognised(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	for i, uploaded := range []string{"0", "100"} {
		c := enginetest.SOCKS5(t, addr(t, e), tr.Addr)
		enginetest.Eventually(t, "the tracker is reached", func() bool { return tr.Conns() == i+1 })
		c.Send("GE")
		c.Send(directAnnounce(tr.Addr, uploaded, "")[2:])
		if head, _ := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("got %q", head)
		}
	}
	if reported := enginetest.Query(tr.Heads()[1], "uploaded"); reported != "300" || tr.Conns() != 2 {
		t.Errorf("reported %s on %d connections, want 300 on 2", reported, tr.Conns())
	}
}

// TestALateClientOfAClosedPortGetsTheReason: nothing is sent there blindly, so no server is dialled before the client
// sends a request, which has an answer.
func TestALateClientOfAClosedPortGetsTheReason(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.SOCKS5(t, addr(t, e), "127.0.0.2:25")
	_ = c.Conn.SetReadDeadline(time.Now().Add(400 * time.Millisecond))
	if n, err := c.Conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the stream ended: %d bytes, %v", n, err)
	}
	_ = c.Conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if head, _ := c.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(head, "HTTP/1.1 403 ") {
		t.Errorf("got %q", head)
	}
}

// TestUnsupportedSOCKSRequestsAreRefused, and the connection ends.
func TestUnsupportedSOCKSRequestsAreRefused(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	own := addr(t, e)
	hello := "\x05\x01\x00"
	for _, c := range []struct {
		name, request, answer string
		problem               exchange.Problem
	}{
		{"a password", "\x05\x01\x02", "\x05\xff", exchange.ProblemSyntax},
		{"BIND", hello + "\x05\x02\x00" + enginetest.SOCKSAddress(t, "127.0.0.2:6969"), "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00", exchange.ProblemSyntax},
		{"BIND of SOCKS4", "\x04\x02\x1b9\x7f\x00\x00\x02\x00", "\x00\x5b\x00\x00\x00\x00\x00\x00", exchange.ProblemSyntax},
		{"an unknown address type", hello + "\x05\x01\x00\x09\x00\x00", "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00", exchange.ProblemSyntax},
		{"an invalid name", hello + "\x05\x01\x00\x03\x03a b\x1b9", "\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00", exchange.ProblemSyntax},
		{"no port", hello + "\x05\x01\x00" + enginetest.SOCKSAddress(t, "127.0.0.2:0"), "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", exchange.ProblemSyntax},
	} {
		seq := uint64(len(activity(e, 0)))
		cl := enginetest.Dial(t, own)
		cl.Send(c.request)
		if got := cl.Rest(); got != c.answer {
			t.Errorf("%s: %q, want %q", c.name, got, c.answer)
		}
		enginetest.Eventually(t, "the exchange is recorded", func() bool { return len(activity(e, seq)) > 0 })
		if recorded := activity(e, seq); len(recorded) != 1 || recorded[0].Kind != exchange.KindRefused || recorded[0].Problem != c.problem {
			t.Errorf("%s: recorded: %+v", c.name, recorded)
		}
	}
}

// TestThroughSOCKSOnlyTheGatewayOfThisProgramIsReached: clients also send requests to this computer through the proxy.
func TestThroughSOCKSOnlyTheGatewayOfThisProgramIsReached(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	own := addr(t, e)
	all := 0 // entries so far
	for name, dial := range map[string]func(testing.TB, string, string) *enginetest.Client{"SOCKS5": enginetest.SOCKS5, "SOCKS4": enginetest.SOCKS4} {
		for _, request := range []string{directAnnounce(own, "5", ""), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"} {
			if head, _ := dial(t, own, own).Ask(request); !strings.HasPrefix(head, "HTTP/1.1 404 ") {
				t.Errorf("%s, %.20q: Ask returned %q", name, request, head)
			}
			all++
			enginetest.Eventually(t, "the exchange is recorded", func() bool { return len(activity(e, 0)) == all })
		}
		for _, request := range []string{"\x05\x01\x00", "\x13BitTorrent protocol", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"} {
			c := dial(t, own, own)
			c.Send(request)
			if got := c.Rest(); got != "" {
				t.Errorf("%s, %q: %q, want %q", name, request, got, "")
			}
			all++
			enginetest.Eventually(t, "the exchange is recorded", func() bool { return len(activity(e, 0)) == all })
			if recorded := activity(e, uint64(all-1)); len(recorded) != 1 || recorded[0].Kind != exchange.KindRefused || recorded[0].Problem != exchange.ProblemLoop {
				t.Errorf("%s, %q: recorded: %+v", name, request, recorded)
			}
		}
	}
}

// TestANameOfThisProgramIsNotReachedThroughSOCKS: a host name may resolve to this program's address.
func TestANameOfThisProgramIsNotReachedThroughSOCKS(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, resolveLocally)
	e := enginetest.Engine(t, engine.Options{})
	port := portOf(t, addr(t, e))
	for _, host := range []string{"tracker.example", "localhost"} {
		to := host + ":" + port
		if head, _ := enginetest.SOCKS5(t, addr(t, e), to).Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(head, "HTTP/1.1 403 ") {
			t.Errorf("%s: Ask returned %q", host, head)
		}
		if head, _ := enginetest.SOCKS5(t, addr(t, e), to).Ask(directAnnounce(to, "5", "")); !strings.HasPrefix(head, "HTTP/1.1 403 ") {
			t.Errorf("an announce to %s got %q, want 403", host, head)
		}
		c := enginetest.SOCKS5(t, addr(t, e), to)
		c.Send("\x05\x01\x00")
		if got := c.Rest(); got != "" {
			t.Errorf("a stream to %s got %q, want nothing", host, got)
		}
	}
}

// TestBlindStreamsReachNoSystemPorts, as with CONNECT: the program does not even connect to the other end.
func TestBlindStreamsReachNoSystemPorts(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	for _, port := range []int{1, 22, 25, 53, 445} {
		seq := uint64(len(activity(e, 0)))
		c := enginetest.SOCKS5(t, addr(t, e), "127.0.0.2:"+strconv.Itoa(port))
		c.Send("\x13BitTorrent protocol")
		if got := c.Rest(); got != "" {
			t.Errorf("a stream to port %d got %q, want nothing", port, got)
		}
		enginetest.Eventually(t, "the exchange is recorded", func() bool { return len(activity(e, seq)) > 0 })
		if recorded := activity(e, seq); len(recorded) != 1 || recorded[0].Kind != exchange.KindRefused || recorded[0].Problem != exchange.ProblemPort {
			t.Errorf("port %d: recorded: %+v", port, recorded)
		}
	}
}

// TestStreamsThroughSOCKSLeaveRoomForAnnounces: as with tunnels, connections to peers cannot use up all places.
func TestStreamsThroughSOCKSLeaveRoomForAnnounces(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const most = 520 // more than the limit for other connections
	tr := enginetest.NewTracker(t, nil)
	peer := echo(t, "127.0.0.2:0", "")
	e := enginetest.Engine(t, engine.Options{})
	var streams []*enginetest.Client
	for range most {
		c := enginetest.SOCKS5(t, addr(t, e), peer)
		c.Send("\x13BitTorrent protocol")
		if got := c.Read(20); got != "\x13BitTorrent protocol" {
			t.Fatalf("got %q, want %q", got, "\x13BitTorrent protocol")
		}
		streams = append(streams, c)
	}
	if head, _ := enginetest.SOCKS5(t, addr(t, e), tr.Addr).Ask(directAnnounce(tr.Addr, "0", "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Errorf("an announce beside the streams got %q, want the tracker's answer", head)
	}
	for _, c := range streams {
		c.Close()
	}
}

// TestNoSOCKSHandshakeStopsTheProgram: whatever bytes a client begins with, the only effect is that its connection
// continues or ends.
func TestNoSOCKSHandshakeStopsTheProgram(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log bytes.Buffer
	tr := enginetest.NewTracker(t, nil)
	e := udpEngine(t, engine.Options{Log: slog.New(linelog.NewText(&log, slog.LevelDebug))})
	random := rand.New(rand.NewPCG(1, 2))
	whole := []string{
		"\x05\x01\x00\x05\x01\x00" + enginetest.SOCKSAddress(t, tr.Addr) + directAnnounce(tr.Addr, "5", ""),
		"\x05\x01\x00\x05\x03\x00" + enginetest.SOCKSAddress(t, "0.0.0.0:0"),
		"\x04\x01" + enginetest.SOCKSAddress(t, tr.Addr)[5:] + enginetest.SOCKSAddress(t, tr.Addr)[1:5] + "me\x00" + directAnnounce(tr.Addr, "5", ""),
	}
	for i := range 600 {
		b := []byte(whole[i%len(whole)])
		b = b[:random.IntN(len(b)+1)]
		for range random.IntN(4) {
			if at := random.IntN(30); at < len(b) {
				b[at] = byte(random.Uint32())
			}
		}
		c := enginetest.Dial(t, addr(t, e))
		_, _ = c.Conn.Write(b)
		_ = c.Conn.CloseWrite()
		c.Rest()
		c.Close()
	}
	if head, _ := enginetest.SOCKS5(t, addr(t, e), tr.Addr).Ask(directAnnounce(tr.Addr, "5", "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Errorf("got %q", head)
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "fault of this program") {
		t.Errorf("the log has a fault of the program:\n%s", log.String())
	}
}

// TestCurlAnnouncesThroughSOCKS uses a real client.
func TestCurlAnnouncesThroughSOCKS(t *testing.T) {
	enginetest.CheckGoroutines(t)
	enginetest.Names(t, trackerExample)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	port := portOf(t, tr.Addr)
	for i, option := range []string{"--socks5", "--socks5-hostname", "--socks4", "--socks4a"} {
		host := "tracker.example"
		if option == "--socks5" || option == "--socks4" { // curl itself resolves names
			host = "127.0.0.2"
		}
		for _, uploaded := range []string{"0", "7"} {
			url := fmt.Sprintf("http://%s:%s/announce?info_hash=%s&peer_id=-TR4100-0123456789%02d&port=1&uploaded=%s&downloaded=0&left=0", host, port, enginetest.InfoHash, i, uploaded)
			out, err := exec.Command("curl", "-sS", "--noproxy", "", "--max-time", "20", option, addr(t, e), url).CombinedOutput()
			if err != nil || string(out) != enginetest.Peers {
				t.Fatalf("%s: curl got %q (%v), want the tracker's answer", option, out, err)
			}
		}
		heads := tr.Heads()
		if reported := enginetest.Query(heads[len(heads)-1], "uploaded"); reported != "21" {
			t.Errorf("%s: reported %s, want 21", option, reported)
		}
	}
}
