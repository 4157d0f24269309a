package dht

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// K is how many nodes a bucket holds, and how many of the nearest nodes store an announce (BEP 5).
const K = 8

const (
	goodFor     = 15 * time.Minute // after an answer or a query a node is good
	badAfter    = 2                // failed queries in a row
	maxWaiting  = 8                // nodes that wait for a place in a bucket
	perNet      = 2                // nodes of one /24 (IPv6: /64) in a bucket
	perNetTable = 8                // nodes of one /24 (IPv6: /48) in the table
)

// contact is a node that answered at least one of our queries.
type contact struct {
	krpc.Node
	replied  moment.Time // when it last answered
	queried  moment.Time // when it last queried us
	failed   moment.Time // when it last failed to answer
	failures int         // in a row
	secure   bool        // its id follows from its address (BEP 42)
}

func (c *contact) bad() bool { return c.failures >= badAfter }

func insecure(c *contact) bool { return !c.secure }

func (c *contact) good(now moment.Time) bool {
	return c.failures == 0 && (now-c.replied < goodFor || now-c.queried < goodFor)
}

// bucket has the nodes whose ids share as many leading bits with ours as its number; the last bucket also has those
// that share more.
type bucket struct {
	nodes   []*contact
	waiting []*contact // newest last
	changed moment.Time
}

// table is the routing table of one family. A full bucket is split only if our own id is in its range, so the table has
// many of the nodes near us and few of the rest.
type table struct {
	self    bittorrent.NodeID
	buckets []bucket
	local   bool // no limits by address: test networks have few addresses
}

func newTable(self bittorrent.NodeID, local bool) *table {
	return &table{self: self, buckets: make([]bucket, 1), local: local}
}

// index returns the number of the bucket of an id. Inlining it and [reach.try] at their many call sites would add 3 kB
// to the program.
//
//go:noinline
func (t *table) index(id bittorrent.NodeID) int {
	return min(bittorrent.Distance(t.self, id).LeadingZeros(), len(t.buckets)-1)
}

func (t *table) find(id bittorrent.NodeID) *contact {
	for _, c := range t.buckets[t.index(id)].nodes {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// answered adds a node, or records that it is still there. If nodes that have long been silent take up all places, it
// returns the one that has been silent longest, to be pinged.
func (t *table) answered(n krpc.Node, now moment.Time) (ping krpc.Node, ok bool) {
	if n.ID == t.self {
		return ping, false
	}
	if c := t.find(n.ID); c != nil {
		if c.Addr == n.Addr || c.bad() {
			c.Addr, c.replied, c.failures, c.secure = n.Addr, now, 0, krpc.Matches(n.ID, n.Addr.Addr())
			t.buckets[t.index(n.ID)].changed = now
		}
		return ping, false // another address for a known id is not believed while the first one works
	}
	t.forget(&n) // the same address under another id: that node is gone
	c := &contact{Node: n, replied: now, secure: krpc.Matches(n.ID, n.Addr.Addr())}
	for {
		i := t.index(n.ID)
		b := &t.buckets[i]
		switch {
		case t.crowded(i, n.Addr.Addr()):
			return ping, false
		case len(b.nodes) < K:
			b.nodes = append(b.nodes, c)
			b.changed = now
			return ping, false
		case i == len(t.buckets)-1 && i < 8*len(t.self)-1:
			t.split()
			continue
		case b.replace((*contact).bad, c), c.secure && b.replace(insecure, c):
			b.changed = now
			return ping, false
		}
		if len(b.waiting) == maxWaiting {
			b.waiting = b.waiting[1:]
		}
		b.waiting = append(b.waiting, c)
		return b.questionable(now)
	}
}

// forget removes nodes that had the address of n under another id.
func (t *table) forget(n *krpc.Node) {
	for i := range t.buckets {
		b := &t.buckets[i]
		same := func(c *contact) bool { return c.Addr == n.Addr && c.ID != n.ID }
		b.nodes = slices.DeleteFunc(b.nodes, same)
		b.waiting = slices.DeleteFunc(b.waiting, func(c *contact) bool { return same(c) || c.ID == n.ID })
	}
}

// crowded reports whether there are too many nodes of one owner, judging by their addresses.
func (t *table) crowded(i int, a netip.Addr) bool {
	if t.local {
		return false
	}
	near, wide := 24, 24
	if a.Is6() {
		near, wide = 64, 48
	}
	nearNet, _ := a.Prefix(near)
	wideNet, _ := a.Prefix(wide)
	inBucket, inTable := 0, 0
	for j, b := range t.buckets {
		for _, c := range b.nodes {
			other := c.Addr.Addr()
			if other == a {
				return true
			}
			if wideNet.Contains(other) {
				inTable++
			}
			if j == i && nearNet.Contains(other) {
				inBucket++
			}
		}
	}
	return inBucket >= perNet || inTable >= perNetTable
}

// split divides the last bucket. Nodes that share exactly its number of bits with our id stay; those that share more
// move to a new bucket after it.
func (t *table) split() {
	last := len(t.buckets) - 1
	old := t.buckets[last]
	t.buckets[last] = bucket{changed: old.changed}
	t.buckets = append(t.buckets, bucket{changed: old.changed})
	for _, c := range old.nodes {
		b := &t.buckets[t.index(c.ID)]
		b.nodes = append(b.nodes, c)
	}
	for _, c := range old.waiting {
		b := &t.buckets[t.index(c.ID)]
		b.waiting = append(b.waiting, c)
	}
}

// replace puts a node in the place of the first one of a kind, and reports whether there is one.
func (b *bucket) replace(kind func(*contact) bool, by *contact) bool {
	i := slices.IndexFunc(b.nodes, kind)
	if i >= 0 {
		b.nodes[i] = by
	}
	return i >= 0
}

// questionable returns the node of the bucket that has been silent longest, if that is long enough that it may be gone.
func (b *bucket) questionable(now moment.Time) (krpc.Node, bool) {
	var oldest *contact
	for _, c := range b.nodes {
		if !c.good(now) && (oldest == nil || c.replied < oldest.replied) {
			oldest = c
		}
	}
	if oldest == nil {
		return krpc.Node{}, false
	}
	return oldest.Node, true
}

// unanswered records that a node did not answer. After the second time in a row a waiting node takes its place.
func (t *table) unanswered(n krpc.Node, now moment.Time) {
	c := t.find(n.ID)
	if c == nil || c.Addr != n.Addr {
		return
	}
	c.failures++
	c.failed = now
	b := &t.buckets[t.index(n.ID)]
	for c.bad() && len(b.waiting) > 0 {
		last := len(b.waiting) - 1
		next := b.waiting[last]
		if b.waiting = b.waiting[:last]; !t.crowded(t.index(n.ID), next.Addr.Addr()) {
			*c, b.changed = *next, now
			return
		}
	}
}

// queried records that a node queried us; room reports whether it is unknown and there may be room for it.
func (t *table) queried(n krpc.Node, now moment.Time) (room bool) {
	if c := t.find(n.ID); c != nil {
		if c.Addr == n.Addr {
			c.queried = now
		}
		return false
	}
	i := t.index(n.ID)
	return n.ID != t.self && (len(t.buckets[i].nodes) < K || i == len(t.buckets)-1) && !t.crowded(i, n.Addr.Addr())
}

// nearest returns up to n nodes that are not bad, the nearest to the target first.
func (t *table) nearest(target bittorrent.NodeID, n int) []krpc.Node {
	return t.first(n, func(a, b *contact) int {
		x, y := bittorrent.Distance(a.ID, target), bittorrent.Distance(b.ID, target)
		return slices.Compare(x[:], y[:])
	})
}

// all returns the nodes that are not bad.
func (t *table) all() (out []*contact) {
	for _, b := range t.buckets {
		for _, c := range b.nodes {
			if !c.bad() {
				out = append(out, c)
			}
		}
	}
	return out
}

// first returns up to n nodes that are not bad, sorted by order.
func (t *table) first(n int, order func(a, b *contact) int) []krpc.Node {
	all := t.all()
	slices.SortFunc(all, order)
	out := make([]krpc.Node, 0, min(n, len(all)))
	for _, c := range all[:cap(out)] {
		out = append(out, c.Node)
	}
	return out
}

// stale returns one id in the range of each bucket that has not changed for long, to be looked up; the bucket then
// counts as changed. random returns a new random id with each call.
func (t *table) stale(now moment.Time, random func() bittorrent.NodeID) (targets []bittorrent.NodeID) {
	for i := range t.buckets {
		if b := &t.buckets[i]; now-b.changed >= goodFor {
			b.changed = now
			id := random()
			for bit := range i + 1 { // shares i bits with ours, and differs in the next
				mask := byte(0x80) >> (bit % 8)
				id[bit/8] = id[bit/8]&^mask | t.self[bit/8]&mask
				if bit == i && i < len(t.buckets)-1 {
					id[bit/8] ^= mask
				}
			}
			targets = append(targets, id)
		}
	}
	return targets
}

// renamed returns the table for a new own id, with as many of the same nodes as there is room for.
func (t *table) renamed(self bittorrent.NodeID, now moment.Time) *table {
	out := newTable(self, t.local)
	for _, b := range t.buckets {
		for _, list := range [][]*contact{b.nodes, b.waiting} {
			for _, c := range list {
				out.answered(c.Node, now)
				if d := out.find(c.ID); d != nil {
					*d = *c
				}
			}
		}
	}
	return out
}

// counts returns, for each bucket, how many nodes are good, and how many others are not bad.
func (t *table) counts(now moment.Time) []swarmview.Bucket {
	out := make([]swarmview.Bucket, len(t.buckets))
	for i, b := range t.buckets {
		for _, c := range b.nodes {
			switch {
			case c.good(now):
				out[i].Good++
			case !c.bad():
				out[i].Other++
			}
		}
	}
	return out
}

// remembered returns up to n nodes to store for the next start: those that never failed first, then those that failed least recently.
func (t *table) remembered(n int) []krpc.Node {
	return t.first(n, func(a, b *contact) int { return cmp.Compare(a.failed, b.failed) })
}

// size returns how many nodes the table has that are not bad.
func (t *table) size() int { return len(t.all()) }

// votes determine this node's own address, from what nodes of different networks report.
type votes struct {
	address netip.Addr // agreed on; not valid before
	says    netip.Addr // reported by the last nodes in a row
	nets    []netip.Prefix
	changed moment.Time // when our id last changed
}

const agree = 5 // nodes in a row, of different /16 networks (IPv6: /32)

// add counts a node's report, and reports whether it makes this node's address known, or changes it.
func (v *votes) add(from, says netip.Addr) bool {
	if !says.IsValid() || says == v.address && v.says == says {
		return false
	}
	if says != v.says {
		v.says, v.nets = says, nil
	}
	size := 16
	if from.Is6() {
		size = 32
	}
	net, err := from.Prefix(size)
	if err != nil || slices.Contains(v.nets, net) {
		return false
	}
	if v.nets = append(v.nets, net); len(v.nets) < agree {
		return false
	}
	v.nets = nil
	fresh := v.address != says
	v.address = says
	return fresh
}
