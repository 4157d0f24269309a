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

// The ways in, each with the trackers it is for.
const (
	httpByProxy    = "http by the HTTP proxy"
	httpBySOCKS    = "http by SOCKS5"
	httpsByCA      = "https by the authority"
	httpsByGateway = "https by the gateway"
	udpBySOCKS     = "udp by SOCKS5"
	udpByGateway   = "udp by the gateway"
)

// ways are what a set-up text calls each, and the trackers' addresses. The first three hold a passkey in their paths.
var ways = map[string]struct {
	scheme, path string
	door         clients.DoorKey // empty for the authority, which no setting is enough for
}{
	httpByProxy:    {"http", "/0123456789abcdef0123456789abcdef/announce", clients.Proxy},
	httpBySOCKS:    {"http", "/0123456789abcdef0123456789abcdef/announce", clients.SOCKS5},
	httpsByCA:      {"https", "/0123456789abcdef0123456789abcdef/announce", ""},
	httpsByGateway: {"https", "/0123456789abcdef0123456789abcdef/announce", clients.Convert},
	udpBySOCKS:     {"udp", "/announce", clients.SOCKS5},
	udpByGateway:   {"udp", "/announce", clients.Convert},
}

// contestant is a client that runs.
type contestant interface {
	share()           // the torrent, whose file it has
	uploaded() uint64 // bytes, by its own counter
	wrong() []string  // what it shows of its tracker that is no success
	stop()            // the torrent, so that the tracker is told
}

// cell is one way of one client: how it is set up with the program's own words, or why there is none.
type cell struct {
	start  func(a *arena) contestant
	cannot string
}

// Reasons that the set-up texts name too.
const (
	refusesProxies = "libtorrent refuses trackers of this kind through an HTTP proxy on this computer, and all udp ones"
	straight       = "it announces to udp trackers directly, past any proxy"
	noSOCKS        = "it knows no SOCKS"
)

// matrix is every client with every way in.
var matrix = map[string]map[string]cell{
	"transmission-daemon": {
		httpByProxy: {start: func(a *arena) contestant { c := a.transmission(); c.startThrough(a.p); return c }},
		httpBySOCKS: {start: func(a *arena) contestant {
			c := a.transmission()
			c.start("http_proxy=" + a.socks("transmission-2.12"))
			return c
		}},
		httpsByCA: {start: func(a *arena) contestant {
			c := a.transmission()
			c.start(launched(a.t, a.p, "transmission-daemon")...)
			return c
		}},
		httpsByGateway: {start: func(a *arena) contestant { a.convert(); c := a.transmission(); c.start(); return c }},
		udpBySOCKS:     {cannot: straight},
		udpByGateway:   {start: func(a *arena) contestant { a.convert(); c := a.transmission(); c.start(); return c }},
	},
	"qbittorrent-nox": {
		httpByProxy:    {cannot: refusesProxies},
		httpBySOCKS:    {start: func(a *arena) contestant { return a.qbittorrent(true) }},
		httpsByCA:      {start: func(a *arena) contestant { return a.qbittorrent(true, launched(a.t, a.p, "qbittorrent-nox")...) }},
		httpsByGateway: {start: func(a *arena) contestant { a.convert(); return a.qbittorrent(false) }},
		udpBySOCKS:     {start: func(a *arena) contestant { return a.qbittorrent(true) }},
		udpByGateway:   {start: func(a *arena) contestant { a.convert(); return a.qbittorrent(false) }},
	},
	"deluged": {
		httpByProxy:    {cannot: refusesProxies},
		httpBySOCKS:    {start: func(a *arena) contestant { return a.deluge(true) }},
		httpsByCA:      {start: func(a *arena) contestant { return a.deluge(true, launched(a.t, a.p, "deluged")...) }},
		httpsByGateway: {start: func(a *arena) contestant { a.convert(); return a.deluge(false) }},
		udpBySOCKS:     {start: func(a *arena) contestant { return a.deluge(true) }},
		udpByGateway:   {start: func(a *arena) contestant { a.convert(); return a.deluge(false) }},
	},
	"rtorrent": {
		httpByProxy: {start: func(a *arena) contestant { return a.rtorrent(a.snippet("rtorrent", ".rtorrent.rc")) }},
		httpBySOCKS: {start: func(a *arena) contestant {
			return a.rtorrent(strings.Replace(a.snippet("rtorrent", ".rtorrent.rc"), "http://"+a.p.addr, a.socks("rtorrent"), 1))
		}},
		httpsByCA:      {start: func(a *arena) contestant { return a.rtorrent("", launchedWith(a.t, a.p, "rtorrent")...) }},
		httpsByGateway: {start: func(a *arena) contestant { a.convert(); return a.rtorrent("") }},
		udpBySOCKS:     {cannot: straight},
		udpByGateway:   {start: func(a *arena) contestant { a.convert(); return a.rtorrent("") }},
	},
	"aria2": {
		httpByProxy:    {start: func(a *arena) contestant { return a.s.newARIA2(a.t, a.snippet("aria2", "aria2.conf")) }},
		httpBySOCKS:    {cannot: noSOCKS},
		httpsByCA:      {start: func(a *arena) contestant { return a.s.newARIA2(a.t, "", launchedWith(a.t, a.p, "aria2")...) }},
		httpsByGateway: {start: func(a *arena) contestant { a.convert(); return a.s.newARIA2(a.t, "") }},
		udpBySOCKS:     {cannot: noSOCKS},
		udpByGateway:   {start: func(a *arena) contestant { a.convert(); return a.s.newARIA2(a.t, "") }},
	},
}

// setups are what the set-up texts call the clients of the matrix, as they are here.
var setups = map[string]string{"transmission-daemon": "transmission-2.12", "qbittorrent-nox": "qbittorrent", "deluged": "deluge", "rtorrent": "rtorrent", "aria2": "aria2"}

// TestEveryClientByEveryWay is a real transfer for each cell: the client is set up by the program's own words, shares a
// file, and stops. Its tracker was told exactly what the log and the ledger say, three times what the client counted,
// and the client shows no error of its tracker.
func TestEveryClientByEveryWay(t *testing.T) {
	t.Parallel()
	port := 24000
	for _, client := range slices.Sorted(maps.Keys(matrix)) {
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			c, ok := matrix[client][way]
			if !ok || (c.start == nil) == (c.cannot == "") {
				t.Errorf("%s, %s: neither played nor said why not", client, way)
				continue
			}
			if c.start == nil {
				continue
			}
			port += 100
			at := port
			t.Run(client+" "+way, func(t *testing.T) {
				t.Parallel()
				newArena(t, at, way).play(c)
			})
		}
	}
}

// TestSetUpTextsSayWhatTheMatrixDoes: no text names a door that its client cannot use.
func TestSetUpTextsSayWhatTheMatrixDoes(t *testing.T) {
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
					t.Errorf("%s is told to take %s, which it cannot: %s", client, way, matrix[client][way].cannot)
				}
			}
		}
	}
}

// arena is one cell: a tracker that speaks everything, the program, and the client to come.
type arena struct {
	t    *testing.T
	way  string
	s    swarm
	p    *program
	http *enginetest.Tracker
	udp  *enginetest.UDPTracker
}

// newArena has its trackers at 127.0.0.2: http and udp at port, https at port + 50.
func newArena(t *testing.T, port int, way string) *arena {
	t.Helper()
	loopbackNetwork(t)
	a := &arena{t: t, way: way}
	at := fmt.Sprintf("127.0.0.2:%d", port)
	peers := compact(fmt.Sprintf("10.99.0.1:%d", port+2), fmt.Sprintf("10.99.0.2:%d", port+4))
	a.http = enginetest.NewTrackerAt(t, at, func(x *enginetest.Exchange) {
		body := fmt.Sprintf("d8:completei1e10:incompletei1e8:intervali1800e5:peers%d:%se", len(peers), peers)
		// As any tracker behind Cloudflare. aria2 sends it back, which makes it no browser.
		x.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nSet-Cookie: __cf_bm=abc; path=/; HttpOnly\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	})
	a.udp = enginetest.NewUDPTrackerAt(t, at, func(d []byte) []byte {
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
	a.s = swarm{torrent: newTorrent(w.scheme + "://" + tracker + w.path), relay: &relay{peers: map[string]net.IP{}}, port: port}
	a.p = startProgramIn(t, []string{"SSL_CERT_FILE=" + roots}, dir)
	return a
}

// play is the transfer and what is held of it.
func (a *arena) play(c cell) {
	t := a.t
	seeder := c.start(a)
	seeder.share()
	eventually(t, "the client has announced that it started", func() bool { return len(a.received()) > 0 })
	leecher := a.s.newClient(t, "the leecher", 2)
	leecher.torrent = newTorrent(fmt.Sprintf("http://tracker.test:%d/announce", a.s.port)) // where it goes straight
	leecher.start()
	leecher.share(false)
	leecher.awaitWhole()
	eventually(t, "the client counts the whole file", func() bool { return seeder.uploaded() >= torrentSize })
	if wrong := seeder.wrong(); len(wrong) > 0 {
		t.Errorf("the client shows %q", wrong)
	}
	seeder.stop()
	last := a.p.await("the stopped announce", func(l *logLine) bool { return l.Msg == "announce" && l.Event == "stopped" })
	if last.Outcome != "forwarded" || last.Seen < torrentSize || last.Reported != 3*last.Seen {
		t.Errorf("the stopped announce is logged as %v", last.all)
	}
	told := a.received()
	if n := len(told); n == 0 || told[n-1] != last.Reported {
		t.Errorf("the tracker received %d, and the last in the log is %d", told, last.Reported)
	}
	var logged []uint64
	for _, l := range announces(a.p) {
		logged = append(logged, l.Reported)
	}
	for _, n := range told {
		if !slices.Contains(logged, n) {
			t.Errorf("the tracker received %d, which is not in the log: %d", n, logged)
		}
	}
	if strings.Contains(a.p.output(), "0123456789abcdef0123456789abcdef") {
		t.Error("the passkey is in the log")
	}
	a.p.stop()
}

// received returns the totals that the tracker received of the client, in order.
func (a *arena) received() (totals []uint64) {
	port := a.s.port + 2
	for _, d := range a.udp.Announces() {
		if bin.BigEndian.Uint16(d[96:]) == uint16(port) {
			totals = append(totals, bin.BigEndian.Uint64(d[72:]))
		}
	}
	for _, head := range a.http.Heads() {
		if enginetest.Query(head, "port") == strconv.Itoa(port) && strings.Contains(head, "announce?") {
			totals = append(totals, uploadedOf(a.t, []byte(head)))
		}
	}
	return totals
}

// convert leads the torrent's trackers through the gateway, by the program's own command.
func (a *arena) convert() {
	a.t.Helper()
	dir := a.t.TempDir()
	file := filepath.Join(dir, "a.torrent")
	if err := os.WriteFile(file, a.s.torrent.file, 0o600); err != nil {
		a.t.Fatal(err)
	}
	out, errs, status := runOnce(a.t, "-convert", file, "-listen", a.p.addr, "-data", a.p.dir)
	name, _, _ := strings.Cut(out, "\n")
	b, err := os.ReadFile(name)
	if status != 0 || err != nil {
		a.t.Fatalf("-convert: exit status %d, %q, %v\n%s", status, out, err, errs)
	}
	a.s.torrent.file = b
}

// snippet is what the program says is to be put into a client's file of this name.
func (a *arena) snippet(key, place string) string {
	a.t.Helper()
	g := guideOf(a.t, key, a.p.addr)
	for _, s := range g.Snippets {
		if strings.Contains(s.Place, place) {
			return s.Text
		}
	}
	a.t.Fatalf("the set-up text of %s has nothing for %s", key, place)
	return ""
}

// socks is what the program says is to be put in place of the HTTP proxy's address, for SOCKS5.
func (a *arena) socks(key string) string {
	a.t.Helper()
	for _, d := range guideOf(a.t, key, a.p.addr).Doors {
		if at := strings.Index(d.Text, "socks5h://"+a.p.addr+" "); d.Trackers == "http://" && at >= 0 {
			address, _, _ := strings.Cut(d.Text[at:], " ")
			return address
		}
	}
	a.t.Fatalf("the set-up text of %s says nothing of SOCKS5", key)
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

// launchedWith are the arguments of the command line that the program gives for a client.
func launchedWith(t *testing.T, p *program, client string) (args []string) {
	t.Helper()
	line, errs, status := runOnce(t, "-launch", client, "-listen", p.addr, "-data", p.dir)
	words := strings.Fields(line)
	if status != 0 || !strings.Contains(line, p.addr) || len(words) < 2 {
		t.Fatalf("-launch %s (exit status %d): %s%s", client, status, line, errs)
	}
	return words[1:]
}

// daemon is Transmission as a contestant.
type daemon struct{ *client }

func (d daemon) share()           { d.client.share(true) }
func (d daemon) uploaded() uint64 { return d.view().Uploaded }
func (d daemon) stop()            { d.call("torrent-stop", nil, nil) }

func (d daemon) wrong() []string {
	if err := d.content(); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (a *arena) transmission() daemon { return daemon{a.s.newClient(a.t, "Transmission", 1)} }

// fox is qBittorrent as a contestant.
type fox struct{ *qbittorrent }

func (f fox) wrong() []string { return f.trackerErrors() }

// qbittorrent starts one whose file the program has changed, if its proxy is to be set.
func (a *arena) qbittorrent(proxied bool, env ...string) contestant {
	a.t.Helper()
	q := a.s.newQBittorrent(a.t, 1)
	if proxied {
		q.apply(file.Point(q.file, *q.guide(a.p.addr).Apply))
	}
	q.start(env...)
	return fox{q}
}

func (a *arena) deluge(proxied bool, env ...string) contestant {
	a.t.Helper()
	setup := ""
	if proxied {
		setup = a.snippet("deluge", "core.conf")
	}
	d := a.s.newDeluge(a.t, setup)
	d.start(env...)
	return d
}

func (a *arena) rtorrent(setup string, args ...string) contestant {
	a.t.Helper()
	r := a.s.newRTorrent(a.t, setup)
	r.start(args...)
	return r
}
