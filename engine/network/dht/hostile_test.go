package dht

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
)

func TestForgedAnswersAreIgnored(t *testing.T) {
	peer := netip.MustParseAddrPort("90.1.1.1:7000")
	for name, lie := range map[string]func(d random, w *wire, n krpc.Node) func(b []byte, from netip.AddrPort){
		"from another port": func(d random, w *wire, n krpc.Node) func([]byte, netip.AddrPort) {
			other := w.open(netip.AddrPortFrom(n.Addr.Addr(), n.Addr.Port()+1))
			return func(b []byte, from netip.AddrPort) { answer(other, b, from, n.ID, peer) }
		},
		"with another node's id": func(d random, w *wire, n krpc.Node) func([]byte, netip.AddrPort) {
			return func(b []byte, from netip.AddrPort) { answer(w.ends[n.Addr], b, from, d.id(), peer) }
		},
		"with our own id": func(d random, w *wire, n krpc.Node) func([]byte, netip.AddrPort) {
			return func(b []byte, from netip.AddrPort) { answer(w.ends[n.Addr], b, from, bittorrent.NodeID{0xee}, peer) }
		},
		"to no query": func(d random, w *wire, n krpc.Node) func([]byte, netip.AddrPort) {
			return func(b []byte, from netip.AddrPort) {
				m, _ := krpc.Parse(b)
				m.Transaction = []byte{m.Transaction[0], m.Transaction[1] + 1}
				answer(w.ends[n.Addr], m.Append(nil), from, n.ID, peer)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := newRandom(), newWire(t)
				forger := d.node()
				w.open(forger.Addr).receive = lie(d, w, forger)
				var state State
				state.Families[0] = FamilyState{ID: bittorrent.NodeID{0xee}, Nodes: []krpc.Node{forger}}
				n := w.run(us, Options{State: state})
				if r, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil || r.Peers != 0 || len(r.Nearest) != 0 {
					t.Errorf("Search returned %+v, %v", r, err)
				}
				if n.core.families[0].table.size() != 0 {
					t.Error("the forger is in the table")
				}
			})
		})
	}
}

func answer(e *end, b []byte, from netip.AddrPort, id bittorrent.NodeID, peer netip.AddrPort) {
	m, err := krpc.Parse(b)
	if err != nil {
		return
	}
	out := krpc.Message{Kind: krpc.Reply, Transaction: m.Transaction, Body: krpc.Body{ID: id, HasID: true, Values: []netip.AddrPort{peer}}}
	_ = e.Send(out.Append(nil), from)
}

// TestALookupEndsEvenIfEachAnswerNamesNearerNodes: a node names eight nearer nodes in every answer, and each of them
// does the same.
func TestALookupEndsEvenIfEachAnswerNamesNearerNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		target := bittorrent.NodeID{0x55}
		var mu sync.Mutex
		named := 0
		var trap func(n krpc.Node)
		trap = func(n krpc.Node) {
			w.open(n.Addr).reply(func(krpc.Message) *krpc.Body {
				mu.Lock()
				defer mu.Unlock()
				body := &krpc.Body{ID: n.ID, HasID: true}
				for range K {
					next := d.node()
					next.ID = d.under(target, min(named/16, 150))
					named++
					body.Nodes = append(body.Nodes, next)
					trap(next)
				}
				return body
			})
		}
		first := d.node()
		trap(first)
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{first.Addr}}})
		began := time.Now()
		r, err := n.Search(t.Context(), bittorrent.InfoHash(target), Announce{}, &SearchOptions{})
		if took := time.Since(began); err != nil || r.Queried < 100 || r.Queried > maxQueries || took > maxLookup {
			t.Errorf("%d queries in %v, err %v", r.Queried, took, err)
		}
		if c := len(n.core.families[0].table.buckets); c > 30 {
			t.Errorf("the table has %d buckets", c)
		}
	})
}

func TestNodesWithOneAddressCountAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		first := d.node()
		victim := netip.MustParseAddr("70.7.7.7")
		var list []krpc.Node
		for i := range 30 {
			list = append(list, krpc.Node{ID: d.id(), Addr: netip.AddrPortFrom(victim, uint16(1000+i))})
		}
		w.fixed(first, list)
		n := w.run(us, Options{First: First{Only: []netip.AddrPort{first.Addr}}})
		if _, err := n.Search(t.Context(), bittorrent.InfoHash{1}, Announce{}, &SearchOptions{}); err != nil {
			t.Fatal(err)
		}
		hits := 0
		for _, to := range w.to {
			if to.Addr() == victim {
				hits++
			}
		}
		if hits > perAddress {
			t.Errorf("%d datagrams to one address that another node named, want at most perAddress", hits)
		}
	})
}

// TestManyFarNodesDoNotDisplaceANearOne: many answers name far nodes, then one names a near node.
func TestManyFarNodesDoNotDisplaceANearOne(t *testing.T) {
	d := newRandom()
	l := newLookup(bittorrent.NodeID{}, bittorrent.NodeID{0xff}, K, false, start)
	for i := range 2 * maxCandidates {
		n := d.node()
		n.ID[0] |= 0x80
		n.Addr = netip.AddrPortFrom(host(i), 6881)
		l.add(n, 1)
	}
	near := d.node()
	near.ID[0] = 0
	l.add(near, 1)
	if c := l.next(start); len(l.candidates) != maxCandidates || c == nil || c.Node != near {
		t.Errorf("%d candidates, the first one asked is %+v, want the near one", len(l.candidates), c)
	}
}

// TestAnnouncesWithInvalidPortsAreNotStored: an announce has a valid token and an invalid port.
func TestAnnouncesWithInvalidPortsAreNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		n := w.run(us, Options{AnswerOthers: true})
		other := d.node()
		e := w.open(other.Addr)
		got := make(chan krpc.Message, 1)
		e.receive = func(b []byte, _ netip.AddrPort) {
			if m, err := krpc.Parse(b); err == nil && m.Kind != krpc.Query {
				got <- m
			}
		}
		ask := func(wire string) krpc.Message {
			time.Sleep(time.Second) // it answers two a second
			n.Receive([]byte(wire), other.Addr)
			return <-got
		}
		id := "2:id20:" + string(other.ID[:])
		token := ask("d1:ad" + id + "9:info_hash20:" + string(other.ID[:]) + "e1:q9:get_peers1:t2:aa1:y1:qe").Body.Token
		for port, stored := range map[int]int{0: 0, -1: 0, 65536: 0, 70000: 0, 6881: 1} {
			m := ask(fmt.Sprintf("d1:ad%s9:info_hash20:%s4:porti%de5:token%d:%se1:q13:announce_peer1:t2:aa1:y1:qe", id, other.ID[:], port, len(token), token))
			if (m.Kind == krpc.Reply) != (stored == 1) || stored == 0 && m.Code != krpc.ProtocolError {
				t.Errorf("port %d: the answer is %+v", port, m)
			}
		}
		if s := n.Status().Stored; s != 1 {
			t.Errorf("%d peers are stored, want 1", s)
		}
	})
}

func TestHostileDatagramsDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newRandom(), newWire(t)
		n := w.run(us, Options{AnswerOthers: true})
		other := d.node()
		e := w.open(other.Addr)
		id := string(other.ID[:])
		query := func(method, arguments string) string {
			return fmt.Sprintf("d1:ad2:id20:%s%se1:q%d:%s1:t2:aa1:y1:qe", id, arguments, len(method), method)
		}
		announce := "9:info_hash20:" + id + "4:porti%de5:token8:aoeusnth"
		got := make(chan krpc.Message, 100)
		e.receive = func(b []byte, _ netip.AddrPort) {
			m, err := krpc.Parse(b)
			if err != nil {
				t.Error(err)
			}
			m.Transaction = slices.Clone(m.Transaction)
			if m.Kind != krpc.Query {
				got <- m
			}
		}
		for _, c := range []struct {
			name, wire string
			code       int // of the error; 0: a reply; -1: no answer
		}{
			{"a string longer than the datagram", "d1:ad2:id2000000000:x", -1},
			{"60,000 lists", strings.Repeat("l", 60000), -1},
			{"an id of 19 bytes", "d1:ad2:id19:" + id[:19] + "e1:q4:ping1:t2:aa1:y1:qe", 203},
			{"an id of 21 bytes", "d1:ad2:id21:" + id + "xe1:q4:ping1:t2:aa1:y1:qe", 203},
			{"an id of zeros", "d1:ad2:id20:" + strings.Repeat("\x00", 20) + "e1:q4:ping1:t2:aa1:y1:qe", 0},
			{"our own id", "d1:ad2:id20:" + string(n.core.families[0].self[:]) + "e1:q4:ping1:t2:aa1:y1:qe", 0},
			{"a transaction of 1,000 bytes", "d1:ad2:id20:" + id + "e1:q4:ping1:t1000:" + strings.Repeat("x", 1000) + "1:y1:qe", -1},
			{"no arguments", "d1:q9:get_peers1:t2:aa1:y1:qe", 203},
			{"no target", query("find_node", ""), 203},
			{"no hash", query("get_peers", ""), 203},
			{"an unknown method", query("frobnicate", ""), 204},
			{"a newer method with a target", query("sample_infohashes", "6:target20:"+id), 0},
			{"port 0", query("announce_peer", fmt.Sprintf(announce, 0)), 203},
			{"port 70000", query("announce_peer", fmt.Sprintf(announce, 70000)), 203},
			{"an invented token", query("announce_peer", fmt.Sprintf(announce, 6881)), 203},
			{"a reply to no query", "d1:rd2:id20:" + id + "5:nodes26:" + strings.Repeat("x", 26) + "e1:t2:aa1:y1:re", -1},
			{"nodes of 25 bytes", "d1:rd2:id20:" + id + "5:nodes25:" + strings.Repeat("x", 25) + "e1:t2:aa1:y1:re", -1},
			{"10,000 values", "d1:rd2:id20:" + id + "6:valuesl" + strings.Repeat("6:abcdef", 10000) + "ee1:t2:aa1:y1:re", -1},
		} {
			n.Receive([]byte(c.wire), other.Addr)
			time.Sleep(10 * time.Second)
			code := -1
			select {
			case m := <-got:
				if code = m.Code; string(m.Transaction) != "aa" || m.External != other.Addr {
					t.Errorf("%s: answered %+v", c.name, m)
				}
			default:
			}
			if code != c.code {
				t.Errorf("%s: error code %d, want %d (0: a reply, -1: no answer)", c.name, code, c.code)
			}
			n.Receive([]byte(query("ping", "")), other.Addr)
			time.Sleep(time.Second)
			if m := <-got; m.Kind != krpc.Reply || m.Body.ID != n.core.families[0].self {
				t.Errorf("after %s a ping is answered with %+v", c.name, m)
			}
		}
	})
}
