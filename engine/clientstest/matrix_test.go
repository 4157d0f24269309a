//go:build clients

package clientstest

import (
	"crypto/tls"
	bin "encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/enginetest"
)

// The ways, each with the kind of tracker that it serves.
const (
	httpByProxy    = "http by the HTTP proxy"
	httpBySOCKS    = "http by SOCKS5"
	httpsByCA      = "https by the authority"
	httpsByGateway = "https by the gateway"
	udpBySOCKS     = "udp by SOCKS5"
	udpByGateway   = "udp by the gateway"
)

// ways lists, for each way, the address of the tracker in its test, and the door that a set-up text names for it. The
// addresses for http and https have a passkey in their path.
var ways = map[string]struct {
	scheme, path string
	door         clients.DoorKey // empty for httpsByCA: no setting is enough, so no set-up text names a door
}{
	httpByProxy:    {"http", "/0123456789abcdef0123456789abcdef/announce", clients.Proxy},
	httpBySOCKS:    {"http", "/0123456789abcdef0123456789abcdef/announce", clients.SOCKS5},
	httpsByCA:      {"https", "/0123456789abcdef0123456789abcdef/announce", ""},
	httpsByGateway: {"https", "/0123456789abcdef0123456789abcdef/announce", clients.Convert},
	udpBySOCKS:     {"udp", "/announce", clients.SOCKS5},
	udpByGateway:   {"udp", "/announce", clients.Convert},
}

// clientUnderTest is a real client that the test controls.
type clientUnderTest interface {
	share()                  // adds the torrent of the testbed, whose file the client already has
	uploaded() uint64        // the client's own upload total, in bytes
	trackerErrors() []string // what the client shows as errors of its tracker
	stop()                   // stops the torrent, which the client announces
}

// combination is one client by one way.
type combination struct {
	start  func(bed *testbed) clientUnderTest // sets the client up as the program's texts say, and starts it
	cannot string                             // why there is no start: the client cannot use this way
}

// Why a client cannot use a way. The set-up texts give the same reasons.
const (
	refusesProxies = "libtorrent does not use an HTTP proxy on this computer for trackers of this kind, nor any for udp trackers"
	announcesUDP   = "the client announces to udp trackers directly, whatever its proxy"
	noSOCKS        = "the client does not support SOCKS"
)

// matrix has every client by every way.
var matrix = map[string]map[string]combination{
	"transmission-daemon": {
		httpByProxy: {start: func(bed *testbed) clientUnderTest { c := bed.transmission(); c.startThrough(bed.p); return c }},
		httpBySOCKS: {start: func(bed *testbed) clientUnderTest {
			c := bed.transmission()
			c.start("http_proxy=" + bed.socks("transmission-2.12"))
			return c
		}},
		httpsByCA: {start: func(bed *testbed) clientUnderTest {
			c := bed.transmission()
			c.start(launchEnvironment(bed.t, bed.p, "transmission-daemon")...)
			return c
		}},
		httpsByGateway: {start: func(bed *testbed) clientUnderTest { bed.convert(); c := bed.transmission(); c.start(); return c }},
		udpBySOCKS:     {cannot: announcesUDP},
		udpByGateway:   {start: func(bed *testbed) clientUnderTest { bed.convert(); c := bed.transmission(); c.start(); return c }},
	},
	"qbittorrent-nox": {
		httpByProxy: {cannot: refusesProxies},
		httpBySOCKS: {start: func(bed *testbed) clientUnderTest { return bed.qbittorrent(true) }},
		httpsByCA: {start: func(bed *testbed) clientUnderTest {
			return bed.qbittorrent(true, launchEnvironment(bed.t, bed.p, "qbittorrent-nox")...)
		}},
		httpsByGateway: {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.qbittorrent(false) }},
		udpBySOCKS:     {start: func(bed *testbed) clientUnderTest { return bed.qbittorrent(true) }},
		udpByGateway:   {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.qbittorrent(false) }},
	},
	"deluged": {
		httpByProxy: {cannot: refusesProxies},
		httpBySOCKS: {start: func(bed *testbed) clientUnderTest { return bed.deluge(true) }},
		httpsByCA: {start: func(bed *testbed) clientUnderTest {
			return bed.deluge(true, launchEnvironment(bed.t, bed.p, "deluged")...)
		}},
		httpsByGateway: {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.deluge(false) }},
		udpBySOCKS:     {start: func(bed *testbed) clientUnderTest { return bed.deluge(true) }},
		udpByGateway:   {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.deluge(false) }},
	},
	"rtorrent": {
		httpByProxy: {start: func(bed *testbed) clientUnderTest { return bed.rtorrent(bed.snippet("rtorrent", ".rtorrent.rc")) }},
		httpBySOCKS: {start: func(bed *testbed) clientUnderTest {
			return bed.rtorrent(strings.Replace(bed.snippet("rtorrent", ".rtorrent.rc"), "http://"+bed.p.addr, bed.socks("rtorrent"), 1))
		}},
		httpsByCA: {start: func(bed *testbed) clientUnderTest {
			return bed.rtorrent("", launchArguments(bed.t, bed.p, "rtorrent")...)
		}},
		httpsByGateway: {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.rtorrent("") }},
		udpBySOCKS:     {cannot: announcesUDP},
		udpByGateway:   {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.rtorrent("") }},
	},
	"aria2": {
		httpByProxy: {start: func(bed *testbed) clientUnderTest { return bed.s.newARIA2(bed.t, bed.snippet("aria2", "aria2.conf")) }},
		httpBySOCKS: {cannot: noSOCKS},
		httpsByCA: {start: func(bed *testbed) clientUnderTest {
			return bed.s.newARIA2(bed.t, "", launchArguments(bed.t, bed.p, "aria2")...)
		}},
		httpsByGateway: {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.s.newARIA2(bed.t, "") }},
		udpBySOCKS:     {cannot: noSOCKS},
		udpByGateway:   {start: func(bed *testbed) clientUnderTest { bed.convert(); return bed.s.newARIA2(bed.t, "") }},
	},
}

// setups maps the clients of the matrix to the keys of their set-up texts, for the versions that Debian has.
var setups = map[string]string{"transmission-daemon": "transmission-2.12", "qbittorrent-nox": "qbittorrent", "deluged": "deluge", "rtorrent": "rtorrent", "aria2": "aria2"}

// TestEveryClientAnnouncesByEveryWay runs a real transfer for each combination: the client is set up as the program's
// texts say, shares a file, and stops. The totals that the tracker received must be those in the log, the last one
// three times the client's own, and the client must show no tracker error.
func TestEveryClientAnnouncesByEveryWay(t *testing.T) {
	t.Parallel()
	port := 24000
	for _, client := range slices.Sorted(maps.Keys(matrix)) {
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			c, ok := matrix[client][way]
			if !ok || (c.start == nil) == (c.cannot == "") {
				t.Errorf("%s, %s: the matrix needs either a start or a reason why there is none", client, way)
				continue
			}
			if c.start == nil {
				continue
			}
			port += 100
			at := port
			t.Run(client+" "+way, func(t *testing.T) {
				t.Parallel()
				newTestbed(t, at, way).transfer(c.start)
			})
		}
	}
}

// TestSetUpTextsNameNoDoorThatTheClientCannotUse compares the set-up texts with the matrix.
func TestSetUpTextsNameNoDoorThatTheClientCannotUse(t *testing.T) {
	for client, key := range setups {
		kind, ok := clients.Find(key)
		if !ok {
			t.Fatalf("no set-up text for %s", client)
		}
		g, err := kind.Render(clients.Values{Addr: "127.0.0.1:8080"})
		if err != nil {
			t.Fatal(err)
		}
		for way, w := range ways {
			for _, d := range g.Doors {
				if d.Trackers == w.scheme+"://" && d.Door == w.door && matrix[client][way].cannot != "" {
					t.Errorf("the set-up text of %s names %s, which cannot work: %s", client, way, matrix[client][way].cannot)
				}
			}
		}
	}
}

// testbed is what one combination needs beside its client: a tracker for http, https and udp, a torrent of it, and the
// program.
type testbed struct {
	t    *testing.T
	way  string
	s    swarm
	p    *program
	http *enginetest.Tracker
	udp  *enginetest.UDPTracker
}

// newTestbed starts the tracker at 127.0.0.2, with http and udp at port and https at port + 50, and the program.
func newTestbed(t *testing.T, port int, way string) *testbed {
	t.Helper()
	loopbackNetwork(t)
	bed := &testbed{t: t, way: way}
	at := fmt.Sprintf("127.0.0.2:%d", port)
	peers := compact(fmt.Sprintf("10.99.0.1:%d", port+2), fmt.Sprintf("10.99.0.2:%d", port+4))
	bed.http = enginetest.NewTrackerAt(t, at, func(x *enginetest.Exchange) {
		body := fmt.Sprintf("d8:completei1e10:incompletei1e8:intervali1800e5:peers%d:%se", len(peers), peers)
		// Every tracker behind Cloudflare sets such a cookie. aria2 sends it back, and must not be taken for a browser
		// then.
		x.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nSet-Cookie: __cf_bm=abc; path=/; HttpOnly\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	})
	bed.udp = enginetest.NewUDPTrackerAt(t, at, func(d []byte) []byte {
		answer := enginetest.AnswerUDP(d)
		if len(d) >= 98 && len(answer) > 20 {
			answer = append(answer[:20], peers...)
		}
		return answer
	})
	root := enginetest.MustIssue(t, nil, time.Now().Add(time.Hour))
	leaf := enginetest.MustIssue(t, root, time.Now().Add(time.Hour), "tracker.test")
	enginetest.NewFront(t, fmt.Sprintf("127.0.0.2:%d", port+50), at, &tls.Config{Certificates: []tls.Certificate{*leaf}})
	roots := filepath.Join(t.TempDir(), "roots.pem")
	dir := dataFolder(t)
	w := ways[way]
	settings := map[string]any{"version": 1, "multiplier": 3, "udp_trackers": w.scheme == "udp"}
	tracker := fmt.Sprintf("tracker.test:%d", port)
	if w.scheme == "https" {
		tracker = fmt.Sprintf("tracker.test:%d", port+50)
	}
	if way == httpsByCA {
		settings["open_https"], settings["open_hosts"] = true, []string{tracker}
	}
	b, err := json.Marshal(settings)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), b, 0o600)
	}
	if err == nil {
		err = os.WriteFile(roots, enginetest.PEM(root), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	bed.s = swarm{torrent: newTorrent(w.scheme + "://" + tracker + w.path), relay: &relay{peers: map[string]net.IP{}}, port: port}
	bed.p = startProgramIn(t, []string{"SSL_CERT_FILE=" + roots}, dir)
	return bed
}

// transfer starts a client, has it share the torrent with a second client that announces directly, and compares what
// the tracker received with the log and with the client's own total.
func (bed *testbed) transfer(start func(bed *testbed) clientUnderTest) {
	t := bed.t
	seeder := start(bed)
	seeder.share()
	eventually(t, "the tracker received the client's first announce", func() bool { return len(bed.received()) > 0 })
	leecher := bed.s.newClient(t, "the leecher", 2)
	leecher.torrent = newTorrent(fmt.Sprintf("http://tracker.test:%d/announce", bed.s.port)) // announces directly
	leecher.start()
	leecher.share(false)
	leecher.awaitComplete()
	eventually(t, "the client's own total is at least the whole file", func() bool { return seeder.uploaded() >= torrentSize })
	if shown := seeder.trackerErrors(); len(shown) > 0 {
		t.Errorf("the client shows the tracker errors %q, want none", shown)
	}
	seeder.stop()
	last := bed.p.await("the stopped announce", func(l *logLine) bool { return l.Msg == "announce" && l.Event == "stopped" })
	if last.Outcome != "forwarded" || last.Seen < torrentSize || last.Reported != 3*last.Seen {
		t.Errorf("the stopped announce is logged as %v, want it forwarded with three times a total of at least %d", last.all, torrentSize)
	}
	received := bed.received()
	if n := len(received); n == 0 || received[n-1] != last.Reported {
		t.Errorf("the tracker received %d, want %d last, as logged", received, last.Reported)
	}
	var logged []uint64
	for _, l := range announces(bed.p) {
		logged = append(logged, l.Reported)
	}
	for _, n := range received {
		if !slices.Contains(logged, n) {
			t.Errorf("the tracker received %d, which is not logged: %d", n, logged)
		}
	}
	if strings.Contains(bed.p.output(), "0123456789abcdef0123456789abcdef") {
		t.Error("the log contains the passkey")
	}
	bed.p.stop()
}

// received returns the totals in bytes that the tracker received from the client, in order.
func (bed *testbed) received() (totals []uint64) {
	port := bed.s.port + 2
	for _, d := range bed.udp.Announces() {
		if bin.BigEndian.Uint16(d[96:]) == uint16(port) {
			totals = append(totals, bin.BigEndian.Uint64(d[72:]))
		}
	}
	for _, head := range bed.http.Heads() {
		if enginetest.Query(head, "port") == strconv.Itoa(port) && strings.Contains(head, "announce?") {
			totals = append(totals, uploadedOf(bed.t, []byte(head)))
		}
	}
	return totals
}

// convert replaces the torrent's trackers by gateway addresses, with -convert.
func (bed *testbed) convert() {
	bed.t.Helper()
	dir := bed.t.TempDir()
	file := filepath.Join(dir, "a.torrent")
	if err := os.WriteFile(file, bed.s.torrent.file, 0o600); err != nil {
		bed.t.Fatal(err)
	}
	out, errs, status := runOnce(bed.t, "-convert", file, "-listen", bed.p.addr, "-data", bed.p.dir)
	name, _, _ := strings.Cut(out, "\n")
	b, err := os.ReadFile(name)
	if status != 0 || err != nil {
		bed.t.Fatalf("-convert: exit status %d, %q, %v\n%s", status, out, err, errs)
	}
	bed.s.torrent.file = b
}

// snippet returns the text that the set-up text of a client gives for its file with this name.
func (bed *testbed) snippet(key, place string) string {
	bed.t.Helper()
	g := guideOf(bed.t, key, bed.p.addr)
	for _, s := range g.Snippets {
		if strings.Contains(s.Place, place) {
			return s.Text
		}
	}
	bed.t.Fatalf("the set-up text of %s has no snippet for %s", key, place)
	return ""
}

// socks returns the address that the set-up text of a client gives for SOCKS5, in place of the HTTP proxy's.
func (bed *testbed) socks(key string) string {
	bed.t.Helper()
	for _, d := range guideOf(bed.t, key, bed.p.addr).Doors {
		if at := strings.Index(d.Text, "socks5h://"+bed.p.addr+" "); d.Trackers == "http://" && at >= 0 {
			address, _, _ := strings.Cut(d.Text[at:], " ")
			return address
		}
	}
	bed.t.Fatalf("the set-up text of %s has no address for SOCKS5", key)
	return ""
}

func guideOf(t *testing.T, key, addr string) clients.Guide {
	t.Helper()
	kind, ok := clients.Find(key)
	if !ok {
		t.Fatalf("no set-up text for %s", key)
	}
	g, err := kind.Render(clients.Values{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// launchArguments returns the arguments in the command line that -launch prints for a client.
func launchArguments(t *testing.T, p *program, client string) (args []string) {
	t.Helper()
	line, errs, status := runOnce(t, "-launch", client, "-listen", p.addr, "-data", p.dir)
	words := strings.Fields(line)
	if status != 0 || !strings.Contains(line, p.addr) || len(words) < 2 {
		t.Fatalf("-launch %s (exit status %d): %s%s", client, status, line, errs)
	}
	return words[1:]
}

// daemon adapts Transmission to clientUnderTest.
type daemon struct{ *client }

func (d daemon) share()           { d.client.share(true) }
func (d daemon) uploaded() uint64 { return d.view().Uploaded }
func (d daemon) stop()            { d.call("torrent-stop", nil, nil) }

func (d daemon) trackerErrors() []string {
	if err := d.trackerError(); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (bed *testbed) transmission() daemon { return daemon{bed.s.newClient(bed.t, "Transmission", 1)} }

// qbittorrent starts qBittorrent, with proxied after the program has changed its settings file.
func (bed *testbed) qbittorrent(proxied bool, env ...string) clientUnderTest {
	bed.t.Helper()
	q := bed.s.newQBittorrent(bed.t, 1)
	if proxied {
		q.apply(file.Point(q.file, *q.guide(bed.p.addr).Apply))
	}
	q.start(env...)
	return q
}

func (bed *testbed) deluge(proxied bool, env ...string) clientUnderTest {
	bed.t.Helper()
	setup := ""
	if proxied {
		setup = bed.snippet("deluge", "core.conf")
	}
	d := bed.s.newDeluge(bed.t, setup)
	d.start(env...)
	return d
}

func (bed *testbed) rtorrent(setup string, args ...string) clientUnderTest {
	bed.t.Helper()
	r := bed.s.newRTorrent(bed.t, setup)
	r.start(args...)
	return r
}
