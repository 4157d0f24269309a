package engine_test

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// rig is a program at 3× with two servers, whose streams it decrypts, reached by every route. Each scene of a test has
// a copy of the rig with its own torrent.
type rig struct {
	t             *testing.T
	e             *engine.Engine
	options       engine.Options
	root          *tls.Certificate // of the servers
	first, second *server

	torrent string // an info hash in all requests of this scene
	seq     uint64 // the number of the last entry before it
}

// server is one tracker with and without TLS, and with a name.
type server struct {
	*enginetest.Tracker
	front         *enginetest.Front
	plain, secure string // name:port

	mu      sync.Mutex
	scripts map[string]script // guarded by mu; by torrent
	asked   map[string]int    // guarded by mu
}

// script answers the nth request of a scene.
type script func(x *enginetest.Exchange, n int)

func answerPeers(x *enginetest.Exchange, _ int) { x.Answer(enginetest.Peers) }

// play answers a request with the script of its torrent.
func (s *server) play(x *enginetest.Exchange) {
	torrent := torrentIn.FindString(x.Head)
	s.mu.Lock()
	answer := s.scripts[torrent]
	s.asked[torrent]++
	n := s.asked[torrent]
	s.mu.Unlock()
	if answer == nil {
		answer = answerPeers
	}
	answer(x, n)
}

var torrentIn = regexp.MustCompile("torrent[0-9]{13}")

// headsOf returns the request heads of a scene.
func (s *server) headsOf(torrent string) (heads []string) {
	for _, head := range s.Heads() {
		if strings.Contains(head, torrent) {
			heads = append(heads, head)
		}
	}
	return heads
}

// addresses are the addresses of the servers' names.
var addresses = map[string]string{"first.test": "127.0.0.2", "second.test": "127.0.0.3"}

// newRig runs the servers and the program.
func newRig(t *testing.T) *rig {
	t.Helper()
	enginetest.Names(t, func(name string) netip.Addr {
		a, _ := netip.ParseAddr(addresses[name])
		return a
	})
	return startRig(t, "first.test", "second.test")
}

// newNamelessRig is newRig for tests that run in parallel with others: there the servers are called by their addresses.
func newNamelessRig(t *testing.T) *rig {
	t.Helper()
	return startRig(t, addresses["first.test"], addresses["second.test"])
}

func startRig(t *testing.T, firstHost, secondHost string) *rig {
	t.Helper()
	r := &rig{t: t, root: enginetest.MustIssue(t, nil, time.Now().Add(time.Hour))}
	config := &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, r.root, time.Now().Add(time.Hour), firstHost, secondHost)}}
	serve := func(host string) *server {
		at := resolved(host) + ":0"
		s := &server{scripts: map[string]script{}, asked: map[string]int{}}
		s.Tracker = enginetest.NewTrackerAt(t, at, s.play)
		s.front = enginetest.NewFront(t, at, s.Addr, config)
		s.plain, s.secure = host+":"+portOf(t, s.Addr), host+":"+portOf(t, s.front.Addr)
		return s
	}
	r.first, r.second = serve(firstHost), serve(secondHost)
	r.options = engine.Options{Folder: t.TempDir(), Multiplier: 3 * policy.One, Roots: enginetest.Roots(r.root)}
	r.e = enginetest.Engine(t, r.options)
	if err := r.e.Change(func(c *settings.Settings) { c.OpenHTTPS, c.OpenHosts = true, []string{r.first.secure, r.second.secure} }); err != nil {
		t.Fatal(err)
	}
	return r
}

// restart restarts the program in its folder; in between it calls damage, if that is not nil.
func (r *rig) restart(damage func(folder string) error) {
	r.t.Helper()
	if err := r.e.Close(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	if damage != nil {
		if err := damage(r.options.Folder); err != nil {
			r.t.Fatal(err)
		}
	}
	r.e = enginetest.Engine(r.t, r.options)
}

var scenes atomic.Int64

// scene begins a scene, in which the first server answers with the script; with nil it gives good answers.
func (r *rig) scene(t *testing.T, first script) *rig {
	c := *r
	c.t, c.torrent, c.seq = t, fmt.Sprintf("torrent%013d", scenes.Add(1)), r.e.Snapshot().Seq
	r.first.mu.Lock()
	defer r.first.mu.Unlock()
	r.first.scripts[c.torrent] = first
	return &c
}

// recorded waits until the scene has n entries, and returns them.
func (r *rig) recorded(n int) []exchange.Entry {
	r.t.Helper()
	var all []exchange.Entry
	enginetest.Eventually(r.t, "the exchange is recorded", func() bool {
		all = activity(r.e, r.seq)
		return len(all) >= n
	})
	return all
}

// pending waits until one announce of the scene is pending, and returns it.
func (r *rig) pending() engine.Pending {
	r.t.Helper()
	var found engine.Pending
	enginetest.Eventually(r.t, "the announce is pending", func() bool {
		for _, k := range r.e.Snapshot().Pending {
			if string(k.InfoHash[:]) == r.torrent {
				found = k
				return true
			}
		}
		return false
	})
	return found
}

// trusted returns the authorities of a client that trusts the program's.
func (r *rig) trusted() *x509.CertPool {
	r.t.Helper()
	b, err := os.ReadFile(r.e.Snapshot().HTTPS.Certificate)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		r.t.Fatalf("unexpected error %v", err)
	}
	return pool
}

// route is one way for a client's announce over HTTP to reach the program.
type route struct {
	name    string
	secure  bool // the tracker has TLS
	gateway bool

	open   func(r *rig, to string) *enginetest.Client // opens a connection on which requests to host:port may be sent
	target func(to, path string) string               // returns the target of such a request
}

// host returns the Host line's value: it names the tracker, except through the gateway.
func (v *route) host(to string) string {
	if v.gateway {
		return "127.0.0.1"
	}
	return to
}

// at returns the server's address on this route.
func (v *route) at(s *server) string {
	if v.secure {
		return s.secure
	}
	return s.plain
}

// url returns the address of a server's path.
func (v *route) url(s *server, path string) string {
	if v.secure {
		return "https://" + s.secure + path
	}
	return "http://" + s.plain + path
}

// get returns a GET request; lines follow the Host line.
func (v *route) get(s *server, target, lines string) string {
	to := v.at(s)
	return "GET " + v.target(to, target) + " HTTP/1.1\r\nHost: " + v.host(to) + "\r\n" + lines + "\r\n"
}

// announce returns an announce of the scene's torrent to a path; extra is appended to the query.
func (r *rig) announce(v *route, s *server, path string, uploaded int, extra string) string {
	return v.get(s, path+"?info_hash="+r.torrent+"&peer_id=-TR4100-0123456789ab&port=51413&uploaded="+fmt.Sprint(uploaded)+
		"&downloaded=0&left=0&compact=1"+extra, "User-Agent: Transmission/4.1.0\r\n")
}

// ask sends one request on its own connection.
func (r *rig) ask(v *route, s *server, request string) (head, body string) {
	r.t.Helper()
	c := v.open(r, v.at(s))
	defer c.Close()
	return c.Ask(request)
}

func bare(_, path string) string { return path }

// decrypted starts TLS on a stream, as a client that trusts the program's authority.
func decrypted(r *rig, to string, c *enginetest.Client) *enginetest.Client {
	name, _, _ := net.SplitHostPort(to)
	c.TLS(&tls.Config{RootCAs: r.trusted(), ServerName: name})
	return c
}

// resolved returns the address of a server's name.
func resolved(host string) string { return cmp.Or(addresses[host], host) }

// toAddress replaces a server's name by its address.
func toAddress(to string) string {
	host, port, _ := net.SplitHostPort(to)
	return resolved(host) + ":" + port
}

// routes are all routes of an announce over HTTP.
var routes = []route{
	{
		name: "proxy", target: func(to, path string) string { return "http://" + to + path },
		open: func(r *rig, _ string) *enginetest.Client { return enginetest.Dial(r.t, addr(r.t, r.e)) },
	},
	{
		name: "CONNECT", target: bare,
		open: func(r *rig, to string) *enginetest.Client { return throughCONNECT(r.t, addr(r.t, r.e), to) },
	},
	{
		name: "TLS in CONNECT", target: bare, secure: true,
		open: func(r *rig, to string) *enginetest.Client {
			return decrypted(r, to, throughCONNECT(r.t, addr(r.t, r.e), to))
		},
	},
	{
		name: "SOCKS5 to a name", target: bare,
		open: func(r *rig, to string) *enginetest.Client { return enginetest.SOCKS5(r.t, addr(r.t, r.e), to) },
	},
	{
		name: "SOCKS5 to an address", target: bare,
		open: func(r *rig, to string) *enginetest.Client {
			return enginetest.SOCKS5(r.t, addr(r.t, r.e), toAddress(to))
		},
	},
	{
		name: "SOCKS4", target: bare,
		open: func(r *rig, to string) *enginetest.Client {
			return enginetest.SOCKS4(r.t, addr(r.t, r.e), toAddress(to))
		},
	},
	{
		name: "SOCKS4a", target: bare,
		open: func(r *rig, to string) *enginetest.Client { return enginetest.SOCKS4(r.t, addr(r.t, r.e), to) },
	},
	{
		name: "TLS in SOCKS5", target: bare, secure: true,
		open: func(r *rig, to string) *enginetest.Client {
			return decrypted(r, to, enginetest.SOCKS5(r.t, addr(r.t, r.e), to))
		},
	},
	{
		name: "gateway to http", gateway: true, target: func(to, path string) string { return "/announce/http/" + to + path },
		open: func(r *rig, _ string) *enginetest.Client { return enginetest.Dial(r.t, addr(r.t, r.e)) },
	},
	{
		name: "gateway to https", gateway: true, secure: true, target: func(to, path string) string { return "/announce/https/" + to + path },
		open: func(r *rig, _ string) *enginetest.Client { return enginetest.Dial(r.t, addr(r.t, r.e)) },
	},
	{
		name: "gateway in SOCKS5", gateway: true, target: func(to, path string) string { return "/announce/http/" + to + path },
		open: func(r *rig, _ string) *enginetest.Client {
			return enginetest.SOCKS5(r.t, addr(r.t, r.e), addr(r.t, r.e))
		},
	},
}

// byEachRoute runs a test for each route of an announce over HTTP.
func byEachRoute(t *testing.T, test func(t *testing.T, r *rig, v *route)) {
	enginetest.CheckGoroutines(t)
	r := newRig(t)
	for i := range routes {
		t.Run(routes[i].name, func(t *testing.T) { test(t, r, &routes[i]) })
	}
}

// receivedTotals returns the totals that a server received in a scene, in order.
func (s *server) receivedTotals(torrent string) string {
	out := ""
	for _, head := range s.headsOf(torrent) {
		path, _, _ := strings.Cut(strings.TrimPrefix(head, "GET "), "?")
		out += path + " " + enginetest.Query(head, "uploaded") + enginetest.Query(head, "event") + "; "
	}
	return out
}
