package dht

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// wire is a network in memory: each datagram takes 20 ms.
type wire struct {
	t     *testing.T
	turn  sync.Mutex // one datagram arrives at a time
	mu    sync.Mutex
	ends  map[netip.AddrPort]*end
	sent  []krpc.Message // all datagrams that were sent, in order
	times []time.Time
	to    []netip.AddrPort
	from  []netip.AddrPort
}

// end is one socket of a wire.
type end struct {
	w       *wire
	at      netip.AddrPort
	receive udp.Receiver
}

func newWire(t *testing.T) *wire { return &wire{t: t, ends: map[netip.AddrPort]*end{}} }

func (w *wire) open(a netip.AddrPort) *end {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &end{w: w, at: a}
	w.ends[a] = e
	return e
}

func (e *end) V6() bool                  { return e.at.Addr().Is6() }
func (e *end) LocalAddr() netip.AddrPort { return e.at }

func (e *end) Send(b []byte, to netip.AddrPort) error {
	w := e.w
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := krpc.Parse(b)
	if err != nil {
		w.t.Errorf("a node sent the invalid datagram %q: %v", b, err)
	}
	w.sent, w.times, w.to, w.from = append(w.sent, m), append(w.times, time.Now()), append(w.to, to), append(w.from, e.at)
	if other := w.ends[to]; other != nil && other.receive != nil {
		b = slices.Clone(b)
		time.AfterFunc(20*time.Millisecond, func() {
			w.turn.Lock()
			defer w.turn.Unlock()
			other.receive(b, e.at)
		})
	}
	return nil
}

// count returns how many datagrams were sent.
func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sent)
}

// run runs a node at this address until the test ends.
func (w *wire) run(a netip.AddrPort, o Options) *Node {
	e := w.open(a)
	o.Sockets = append(o.Sockets, e)
	if o.Filter == nil {
		o.Filter = &udp.Filter{}
	}
	n := New(&o)
	e.receive = n.Receive
	go func() { _ = n.Run(w.t.Context()) }()
	return n
}

// reply makes a socket answer each query with what f returns; nil is silence.
func (e *end) reply(f func(m krpc.Message) *krpc.Body) {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	e.receive = func(b []byte, from netip.AddrPort) {
		m, err := krpc.Parse(b)
		if err != nil || m.Kind != krpc.Query {
			return
		}
		if body := f(m); body != nil {
			out := krpc.Message{Kind: krpc.Reply, Transaction: m.Transaction, External: from, Body: *body}
			_ = e.Send(out.Append(nil), from)
		}
	}
}

// fixed adds a node that knows only some nodes and peers.
func (w *wire) fixed(n krpc.Node, knows []krpc.Node, peers ...netip.AddrPort) {
	w.open(n.Addr).reply(func(m krpc.Message) *krpc.Body {
		body := &krpc.Body{ID: n.ID, HasID: true, Nodes: knows, Token: []byte("token")}
		if m.Method == krpc.GetPeers {
			body.Values = peers
		}
		return body
	})
}

var us = netip.MustParseAddrPort("80.1.2.3:50000")

func TestAnUnusedNodeSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		nodes := []krpc.Node{d.node(), d.node(), d.node()}
		for _, n := range nodes {
			w.fixed(n, nodes)
		}
		var saved State
		saved.Families[0] = FamilyState{ID: d.id(), Nodes: nodes}
		n := w.run(us, Options{State: saved})
		time.Sleep(48 * time.Hour)
		if c := w.count(); c != 0 {
			t.Errorf("an unused node sent %d datagrams, want 0", c)
		}
		if _, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil {
			t.Fatal(err)
		}
		during := w.count()
		if during == 0 {
			t.Error("a search sent nothing")
		}
		time.Sleep(48 * time.Hour)
		if c := w.count(); c != during {
			t.Errorf("%d datagrams were sent after the search", c-during)
		}
		n.Watch(true)
		time.Sleep(time.Hour + joinAgain/2) // between two attempts to find more nodes
		n.Watch(false)
		watched := w.count()
		if watched == during {
			t.Error("nothing was sent to refresh a table that is on display")
		}
		time.Sleep(48 * time.Hour)
		if c := w.count(); c != watched {
			t.Errorf("%d datagrams were sent after the page was closed", c-watched)
		}
		for _, m := range w.sent {
			if m.Kind == krpc.Query && m.Body.ID == n.core.families[0].self && !m.ReadOnly {
				t.Fatal("a query does not have the read-only flag")
			}
		}
	})
}

func TestAReadOnlyNodeAnswersNoQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		n := w.run(us, Options{})
		other := d.node()
		e := w.open(other.Addr)
		ask := func() {
			m := krpc.Message{Kind: krpc.Query, Transaction: []byte("aa"), Method: krpc.Ping, Body: krpc.Body{ID: other.ID, HasID: true}}
			_ = e.Send(m.Append(nil), us)
			time.Sleep(time.Second)
		}
		if ask(); w.count() != 1 {
			t.Error("a read-only node answered")
		}
		n.SetAnswerOthers(true)
		if ask(); w.count() < 3 {
			t.Error("a node that tries whether others reach it does not answer")
		}
		time.Sleep(time.Hour)
		if s := n.Status(); !s.Full || !s.Reached {
			t.Errorf("another node reached it, but it is read-only: %+v", s)
		}
		n.SetAnswerOthers(false)
		time.Sleep(time.Minute)
		before := w.count()
		if ask(); w.count() != before+1 {
			t.Error("the node answers after the user switched that off")
		}
	})
}

func TestASearchFindsPeersAndAnnounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		hash := bittorrent.NodeID{0x55}
		peer := netip.MustParseAddrPort("90.1.1.1:7000")
		var near []krpc.Node
		for i := range 2 * K {
			n := d.node()
			n.ID = d.under(hash, 10+i)
			near = append(near, n)
		}
		var announced []netip.AddrPort
		bad := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("10.1.1.1:80"), netip.MustParseAddrPort("90.1.1.1:0"), us}
		for i, n := range near {
			w.open(n.Addr).reply(func(m krpc.Message) *krpc.Body {
				body := &krpc.Body{ID: n.ID, HasID: true}
				switch {
				case m.Method == krpc.AnnouncePeer:
					if string(m.Body.Token) != "T"+n.ID.String()[:6] || m.Body.Asked.Port != 51413 || !m.Body.Asked.Seed || m.Body.Asked.ImpliedPort {
						t.Errorf("the announce is %+v", m.Body)
					}
					announced = append(announced, n.Addr)
				case m.Body.Asked.Scrape: // without values, as libtorrent does it
					body.Seeds, body.Peers = new(krpc.Bloom), new(krpc.Bloom)
					body.Seeds.Add(host(i))
					body.Peers.Add(host(100))
				default:
					body.Nodes, body.Token = near[:K], []byte("T"+n.ID.String()[:6])
					body.Values = append(bad, peer)
				}
				return body
			})
		}
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{near[0].Addr, near[1].Addr}}})
		var got []netip.AddrPort
		asked := 0
		began := time.Now()
		r, err := n.Search(t.Context(), bittorrent.InfoHash(hash), Announce{Port: 51413, Seed: true}, &SearchOptions{
			Count: true, Peer: func(p netip.AddrPort) { got = append(got, p) }, Progress: func(q, _ int) { asked = q },
		})
		if err != nil || !slices.Equal(got, []netip.AddrPort{peer}) || r.Peers != 1 {
			t.Errorf("%v, peers %v", err, got)
		}
		if r.Seeders != K || r.Leechers != 1 || r.Announced != K || len(announced) != K || asked != r.Queried || r.Answered != K {
			t.Errorf("%+v, %d announced", r, len(announced))
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("the search took %v", took)
		}
		for i, c := range r.Nearest {
			if c != near[K-1-i] {
				t.Errorf("nearest node %d is %v, want %v", i, c, near[K-1-i])
			}
		}
		announced = nil
		if r, err := n.Search(t.Context(), bittorrent.InfoHash(hash), Announce{}, &SearchOptions{}); err != nil || r.Announced != 0 || announced != nil || r.Seeders != -1 {
			t.Errorf("a search without an announce announced %v: %+v, %v", announced, r, err)
		}
	})
}

// TestASearchUsesIPv4AndIPv6 checks BEP 32: a node of IPv4 names nodes of IPv6, which know a peer that no node of
// IPv4 knows.
func TestASearchUsesIPv4AndIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		first, six := d.node(), krpc.Node{ID: d.id(), Addr: netip.MustParseAddrPort("[2a01::6]:6881")}
		peer := netip.MustParseAddrPort("[2a01::7]:7000")
		w.open(first.Addr).reply(func(m krpc.Message) *krpc.Body {
			if m.Body.Asked.Want != krpc.WantV4|krpc.WantV6 {
				t.Errorf("%s asks for %d families", m.Method, m.Body.Asked.Want)
			}
			return &krpc.Body{ID: first.ID, HasID: true, Nodes: []krpc.Node{six}}
		})
		w.fixed(six, nil, peer)
		ours := w.open(netip.MustParseAddrPort("[2a00::1]:50000"))
		n := w.run(us, Options{Sockets: []Socket{ours}, First: First{Only: []netip.AddrPort{first.Addr}}})
		ours.receive = n.Receive
		var got []netip.AddrPort
		r, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{Peer: func(p netip.AddrPort) { got = append(got, p) }})
		if err != nil || !slices.Equal(got, []netip.AddrPort{peer}) || len(r.Nearest) != 2 {
			t.Errorf("Search returned %v, %+v, %v", got, r, err)
		}
		s := n.Status()
		if len(s.Families) != 2 || len(s.Families[0].Nodes) != 1 || len(s.Families[1].Nodes) != 1 || s.Families[0].ID == s.Families[1].ID {
			t.Errorf("s.Families is %+v", s.Families)
		}
	})
}

func TestBootstrapNodesAreQueriedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		saved, returned, client := d.node(), d.node(), krpc.Node{ID: d.id(), Addr: netip.MustParseAddrPort("192.168.1.7:51413")}
		router := netip.MustParseAddrPort("70.1.1.1:25401")
		var state State
		state.Families[0] = FamilyState{ID: d.id(), Nodes: []krpc.Node{saved}}
		lookups := 0
		n := w.run(us, Options{State: state, First: First{
			Clients: func() []netip.AddrPort { return []netip.AddrPort{client.Addr} },
			Routers: []string{"router.example:25401"},
			Lookup: func(_ context.Context, address string) ([]netip.AddrPort, error) {
				if lookups++; address != "router.example:25401" {
					t.Errorf("unexpected name lookup of %s", address)
				}
				return []netip.AddrPort{router}, nil
			},
		}})
		began := time.Now()
		r, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{Nodes: []netip.AddrPort{returned.Addr}})
		if err != nil || !slices.Equal(r.Tried, []Group{Saved, Given, Clients, Routers}) || r.Answered != 0 {
			t.Errorf("Search returned %+v, %v", r, err)
		}
		want := []struct {
			to netip.AddrPort
			at time.Duration
		}{{saved.Addr, 0}, {returned.Addr, groupFor}, {client.Addr, 2 * groupFor}, {router, 3 * groupFor}}
		if len(w.to) != len(want) {
			t.Fatalf("asked nodes: %v", w.to)
		}
		for i, a := range want {
			if w.to[i] != a.to || w.times[i].Sub(began) != a.at {
				t.Errorf("query %d went to %v after %v, want %v after %v", i, w.to[i], w.times[i].Sub(began), a.to, a.at)
			}
		}
		if m := w.sent[3]; m.Method == krpc.GetPeers {
			t.Error("a get_peers query was sent to a router")
		}
		if took := time.Since(began); took > maxLookup {
			t.Errorf("a search without answers took %v", took)
		}
		// While others suffice, no name is looked up and no router is asked.
		lookups = 0
		var near []krpc.Node
		for range K {
			near = append(near, d.node())
		}
		for _, o := range near {
			w.fixed(o, near)
		}
		w.fixed(client, near)
		n = w.run(netip.MustParseAddrPort("80.1.2.4:50000"), Options{First: First{
			Clients: func() []netip.AddrPort { return []netip.AddrPort{client.Addr} },
			Routers: []string{"router.example:25401"},
			Lookup:  func(context.Context, string) ([]netip.AddrPort, error) { lookups++; return nil, nil },
		}})
		if r, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil || r.Answered < K || lookups != 0 {
			t.Errorf("%+v, %v, %d names looked up", r, err, lookups)
		}
	})
}

func TestANodeNamedByAPeerHelpsASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		other := d.node()
		w.fixed(other, nil, netip.MustParseAddrPort("90.1.1.1:7000"))
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{d.node().Addr}}})
		time.AfterFunc(100*time.Millisecond, func() { n.Ping(other.Addr) })
		if r, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil || r.Peers != 1 {
			t.Errorf("Search returned %+v, %v", r, err)
		}
	})
}

func TestASearchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{d.node().Addr}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := n.Search(ctx, bittorrent.InfoHash{1}, Announce{Port: 1}, &SearchOptions{}); err == nil {
			t.Error("the search returned no error after its context ended")
		}
		if len(n.core.tasks) != 0 {
			t.Error("the search is still among the tasks")
		}
	})
}

func TestAnswersAreShortAndAnnouncesAreStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		six := netip.MustParseAddrPort("[2a00::1]:50000")
		e6 := w.open(six)
		n := w.run(us, Options{AnswerOthers: true, Sockets: []Socket{e6}})
		e6.receive = n.Receive
		n.step(func(now moment.Time) {
			for i := range 300 {
				n.core.families[0].table.answered(d.node(), now)
				n.core.families[1].table.answered(krpc.Node{ID: d.id(), Addr: netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x2a, byte(i), byte(i), byte(i)}), 6881)}, now)
			}
		})
		target := hash(1)
		reply := func(from netip.AddrPort, method string, asked krpc.Asked, token []byte) krpc.Message {
			f := n.core.families[index(from.Addr().Is6())]
			asked.Target, asked.HasTarget = target, true
			m := krpc.Message{Kind: krpc.Query, Transaction: []byte("aa"), Method: method, Body: krpc.Body{ID: d.id(), HasID: true, Token: token, Asked: asked}}
			var out krpc.Message
			n.step(func(now moment.Time) { out = *n.core.answers.reply(f, &m, from, now) })
			if size := len(out.Append(nil)); size > krpc.MaxSent {
				t.Errorf("the answer to %s has %d bytes", method, size)
			}
			return out
		}
		v6 := func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x2a, 5, byte(i)}), 6881)
		}
		for i := range 90 {
			for _, from := range []netip.AddrPort{at(i), v6(i)} {
				if i >= 40 && from.Addr().Is6() {
					continue
				}
				token := reply(from, krpc.GetPeers, krpc.Asked{}, nil).Body.Token
				if r := reply(from, krpc.AnnouncePeer, krpc.Asked{Port: 7, ImpliedPort: i == 0, Seed: i%2 == 0}, token); r.Kind != krpc.Reply && i < 60 {
					t.Fatalf("announce %d: the answer is %+v", i, r)
				}
			}
		}
		if p := n.core.answers.store.hashes[target][host(0)].Value.(*announced).addr; p != at(0) {
			t.Errorf("the peer with an implied port is stored as %v, want %v", p, at(0))
		}
		if r := reply(at(200), krpc.GetPeers, krpc.Asked{}, nil); len(r.Body.Values) != maxValuesV4 || len(r.Body.Nodes) != K {
			t.Errorf("%d peers and %d nodes over IPv4", len(r.Body.Values), len(r.Body.Nodes))
		}
		if r := reply(v6(200), krpc.GetPeers, krpc.Asked{}, nil); len(r.Body.Values) == 0 || len(r.Body.Values) > maxValuesV6 || r.Body.Values[0].Addr().Is4() {
			t.Errorf("%d peers over IPv6", len(r.Body.Values))
		}
		if r := reply(at(200), krpc.GetPeers, krpc.Asked{Want: krpc.WantV4 | krpc.WantV6}, nil); len(r.Body.Nodes) != 2*K {
			t.Errorf("%d nodes of both families, want %d", len(r.Body.Nodes), 2*K)
		}
		if r := reply(at(200), krpc.GetPeers, krpc.Asked{Scrape: true, Want: krpc.WantV4 | krpc.WantV6}, nil); r.Body.Values != nil || r.Body.Seeds == nil || r.Body.Peers == nil {
			t.Errorf("counts: %+v", r.Body)
		}
		if r := reply(at(200), krpc.GetPeers, krpc.Asked{NoSeed: true}, nil); len(r.Body.Values) == 0 || len(r.Body.Values) >= maxValuesV4 {
			t.Errorf("%d peers without the seeds", len(r.Body.Values))
		}
	})
}

func TestOurIDIsDerivedFromOurAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		var near []krpc.Node
		for i := range 2 * K {
			n := d.node()
			n.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{60, byte(i), 1, 1}), 6881)
			near = append(near, n)
		}
		for _, n := range near {
			w.fixed(n, near)
		}
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{near[0].Addr}}})
		before := n.Status().Families[0].ID
		if _, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil {
			t.Fatal(err)
		}
		after := n.Status().Families[0]
		if after.ID == before || !krpc.Matches(after.ID, us.Addr()) || after.External != us.Addr() {
			t.Errorf("after the restart the id is %s, the address %v", after.ID, after.External)
		}
		if len(after.Nodes) < K {
			t.Errorf("%d nodes were restored", len(after.Nodes))
		}
		if again := n.State().Families[0]; again.ID != after.ID || again.External != us.Addr() || len(again.Nodes) < K {
			t.Errorf("the second state is %+v", again)
		}
	})
}

func TestAllSearchesTogetherKeepToThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		first := d.node()
		var list []krpc.Node
		for range 150 {
			list = append(list, d.node())
		}
		w.fixed(first, list)
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{first.Addr}}})
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				_, _ = n.Search(t.Context(), bittorrent.InfoHash{byte(13 * i)}, Announce{}, &SearchOptions{})
			})
		}
		all.Wait()
		reached := map[netip.AddrPort]bool{}
		for i, at := range w.times {
			if w.from[i] == us {
				reached[w.to[i]] = true
			}
			if after := at.Sub(w.times[0]); float64(len(reached)) > 101+25*after.Seconds() {
				t.Fatalf("queries to %d addresses after %v", len(reached), after)
			}
		}
		if len(reached) != 151 {
			t.Errorf("%d of 151 nodes were asked", len(reached))
		}
	})
}
