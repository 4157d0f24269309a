package dht

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

var start = moment.First

// random returns random ids and addresses that are the same in every run.
type random struct{ *rand.Rand }

func newRandom() random { return random{rand.New(rand.NewPCG(1, 2))} }

func (d random) id() (id bittorrent.NodeID) {
	for i := range id {
		id[i] = byte(d.Uint32())
	}
	return id
}

// node returns a node with an address in a network of its own, and an id that does not follow from it.
func (d random) node() krpc.Node {
	return krpc.Node{ID: d.id(), Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{50, byte(d.Uint32()), byte(d.Uint32()), byte(d.Uint32())}), 6881)}
}

// under returns an id that shares exactly its first bits with another.
func (d random) under(id bittorrent.NodeID, shared int) bittorrent.NodeID {
	out := d.id()
	for bit := range shared + 1 {
		mask := byte(0x80) >> (bit % 8)
		out[bit/8] = out[bit/8]&^mask | id[bit/8]&mask
		if bit == shared {
			out[bit/8] ^= mask
		}
	}
	return out
}

func TestTheTableSplitsOnlyAroundOurOwnID(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	for range 20_000 {
		tab.answered(d.node(), start)
	}
	if n := len(tab.buckets); n < 9 || n > 16 {
		t.Errorf("%d buckets after 20,000 nodes", n)
	}
	for i, b := range tab.buckets {
		if len(b.nodes) > K || i < 8 && len(b.nodes) < K {
			t.Errorf("bucket %d has %d nodes", i, len(b.nodes))
		}
		for _, c := range b.nodes {
			shared := bittorrent.Distance(c.ID, tab.self).LeadingZeros()
			if shared != i && (i < len(tab.buckets)-1 || shared < i) {
				t.Errorf("a node with %d common bits is in bucket %d of %d", shared, i, len(tab.buckets))
			}
		}
	}
	if n := tab.size(); n > K*len(tab.buckets) {
		t.Errorf("the table has %v nodes", n)
	}
}

func TestBadNodesAreNotGivenToOthersAndAreReplaced(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	var far []krpc.Node
	for len(far) < 3*K {
		n := d.node()
		n.ID = d.under(tab.self, 0)
		far = append(far, n)
		near := d.node()
		near.ID = d.under(tab.self, 1+len(far)%5)
		tab.answered(near, start)
		tab.answered(n, start)
	}
	first := far[0]
	if tab.find(first.ID) == nil || tab.find(far[2*K].ID) != nil {
		t.Fatal("a full bucket without our id accepted another node, or dropped an old one")
	}
	tab.unanswered(first, start)
	if !returned(tab, first) {
		t.Error("a node was removed after one unanswered query")
	}
	tab.unanswered(first, start)
	if returned(tab, first) || tab.find(first.ID) != nil {
		t.Error("a bad node is returned, or was not replaced by a waiting one")
	}
	if got := len(tab.buckets[0].nodes); got != K {
		t.Errorf("%d nodes in the bucket while others wait, want %d", got, K)
	}
	// If no node is waiting it stays, so that it may come back, but it is not given to others.
	tab.buckets[0].waiting = nil
	second := tab.buckets[0].nodes[3].Node
	tab.unanswered(second, start)
	tab.unanswered(second, start)
	if returned(tab, second) || tab.find(second.ID) == nil {
		t.Error("a bad node is returned, or was dropped though no other waits")
	}
	fresh := d.node()
	fresh.ID = d.under(tab.self, 0)
	tab.answered(fresh, start)
	if !returned(tab, fresh) || tab.find(second.ID) != nil {
		t.Error("a new node did not replace a bad one")
	}
}

func returned(tab *table, n krpc.Node) bool {
	for _, o := range tab.nearest(n.ID, 1) {
		if o == n {
			return true
		}
	}
	return false
}

func TestSilentNodesArePingedOldestFirstBeforeNewOnesAreRefused(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	for i := range K {
		n, near := d.node(), d.node()
		n.ID, near.ID = d.under(tab.self, 0), d.under(tab.self, 1)
		tab.answered(n, start+time.Duration(K-i)*time.Second)
		tab.answered(near, start)
	}
	extra := d.node()
	extra.ID = d.under(tab.self, 0)
	if n, ok := tab.answered(extra, start+time.Minute); ok {
		t.Errorf("%v is pinged though all nodes are good", n)
	}
	later := start + goodFor + time.Minute
	oldest := tab.buckets[0].nodes[K-1].Node
	extra = d.node()
	extra.ID = d.under(tab.self, 0)
	if n, ok := tab.answered(extra, later); !ok || n != oldest {
		t.Errorf("%v is pinged, want %v, which was silent longest", n, oldest)
	}
	tab.queried(oldest, later) // it queries us: it is there
	if n, ok := tab.buckets[0].questionable(later); !ok || n == oldest {
		t.Errorf("%v is pinged though it has just queried us", n)
	}
}

func TestTheTableIsNotFilledFromOneNetwork(t *testing.T) {
	d := newRandom()
	for _, c := range []struct {
		name        string
		addr        func(i int) netip.Addr
		local       bool
		bucket, all int
	}{
		{"one address", func(int) netip.Addr { return netip.MustParseAddr("60.1.1.1") }, false, 1, 1},
		{"one /24", func(i int) netip.Addr { return netip.AddrFrom4([4]byte{60, 1, 1, byte(i)}) }, false, perNet, perNetTable},
		{"one /64", func(i int) netip.Addr { a := [16]byte{0x2a, 15: byte(i)}; return netip.AddrFrom16(a) }, false, perNet, perNetTable},
		{"one /48", func(i int) netip.Addr { a := [16]byte{0x2a, 7: byte(i)}; return netip.AddrFrom16(a) }, false, K, perNetTable},
		{"one /24 of a test network", func(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, 1, byte(i)}) }, true, K, 1000},
	} {
		tab := newTable(d.id(), c.local)
		for i := range 200 {
			tab.answered(krpc.Node{ID: d.under(tab.self, i%10), Addr: netip.AddrPortFrom(c.addr(i), uint16(6881+i))}, start)
		}
		for i, b := range tab.buckets {
			if len(b.nodes) > c.bucket {
				t.Errorf("%s: bucket %d has %d nodes, at most %d", c.name, i, len(b.nodes), c.bucket)
			}
		}
		if n := tab.size(); n > c.all || n == 0 || c.local && n < 3*K {
			t.Errorf("%s: the table has %d nodes", c.name, n)
		}
	}
}

func TestNodesWithIDsDerivedFromTheirAddressArePreferred(t *testing.T) {
	d := newRandom()
	tab := newTable(bittorrent.NodeID{}, false)
	for i := range 2 * K {
		n, near := d.node(), d.node()
		n.ID, near.ID[0] = d.under(tab.self, 0), byte(i)
		tab.answered(n, start)
		tab.answered(near, start)
	}
	secure := d.node()
	for secure.ID = (krpc.Secure(d.id(), secure.Addr.Addr())); secure.ID[0]&0x80 == 0; {
		secure = d.node()
		secure.ID = krpc.Secure(d.id(), secure.Addr.Addr())
	}
	tab.answered(secure, start)
	if tab.find(secure.ID) == nil {
		t.Error("a node with an id valid for its address was not accepted, though the others have invalid ids")
	}
}

func TestAKnownIDKeepsItsAddressWhileThatAnswers(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	n := d.node()
	tab.answered(n, start)
	thief := krpc.Node{ID: n.ID, Addr: d.node().Addr}
	tab.answered(thief, start)
	if got := tab.find(n.ID).Addr; got != n.Addr {
		t.Errorf("the address of the id is %v, want %v", got, n.Addr)
	}
	tab.unanswered(n, start)
	tab.unanswered(n, start)
	tab.answered(thief, start)
	if got := tab.find(n.ID).Addr; got != thief.Addr {
		t.Error("a node with a new address is not found")
	}
	renamed := krpc.Node{ID: d.id(), Addr: thief.Addr}
	tab.answered(renamed, start)
	if tab.find(n.ID) != nil || tab.find(renamed.ID) == nil {
		t.Error("a node with a new id is in the table twice, or not at all")
	}
}

func TestStaleBucketsAreRefreshed(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	for range 5000 {
		tab.answered(d.node(), start)
	}
	if ids := tab.stale(start+goodFor-time.Second, d.id); ids != nil {
		t.Errorf("%d buckets are stale too early", len(ids))
	}
	ids := tab.stale(start+goodFor, d.id)
	if len(ids) != len(tab.buckets) {
		t.Fatalf("%d of %d buckets are stale", len(ids), len(tab.buckets))
	}
	for i, id := range ids {
		if got := tab.index(id); got != i {
			t.Errorf("the id for bucket %d is in bucket %d", i, got)
		}
	}
	if again := tab.stale(start+goodFor+time.Minute, d.id); again != nil {
		t.Error("the buckets are stale again after their refresh")
	}
}

func TestChangingOurIDKeepsTheNodes(t *testing.T) {
	d := newRandom()
	tab := newTable(d.id(), false)
	for range 300 {
		tab.answered(d.node(), start)
	}
	other := tab.renamed(d.id(), start+time.Hour)
	if n := other.size(); n < 3*K {
		t.Errorf("%d nodes of %d remain", n, tab.size())
	}
	for _, b := range other.buckets {
		for _, c := range b.nodes {
			if c.replied != start {
				t.Fatal("nodes count as having answered after we changed our id")
			}
		}
	}
}

func TestFiveNetworksMustAgreeOnOurAddress(t *testing.T) {
	ours, wrong := netip.MustParseAddr("80.1.2.3"), netip.MustParseAddr("80.9.9.9")
	from := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{20, byte(i), 1, 1}) }
	var v votes
	for i := range 4 {
		for range 2 { // a network counts once, however often its nodes report
			if v.add(from(i), ours) {
				t.Fatalf("answers from %d networks changed the address", i+1)
			}
		}
	}
	if v.add(from(9), wrong) || v.add(from(4), ours) {
		t.Error("a different answer in between does not reset the count")
	}
	for i := range 3 {
		if v.add(from(i), ours) {
			t.Error("the address changed before five networks agreed")
		}
	}
	if !v.add(from(5), ours) || v.address != ours {
		t.Error("the address did not change after five networks agreed")
	}
	for i := range 10 {
		if v.add(from(i), ours) {
			t.Error("the same address counts as a change")
		}
	}
}
