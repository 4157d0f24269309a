package dht

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// The limits of a lookup. The numbers come from a simulation of 10^7 nodes: more than eight queries at once find
// nothing more, and a short patience loses almost no node.
const (
	alpha         = 8                       // queries at once
	slotFor       = 400 * time.Millisecond  // that a query counts among the eight
	deadAfter     = 1500 * time.Millisecond // without an answer
	soonest       = 300 * time.Millisecond  // the least time until a node is dead, once the usual time of answers is known
	knownAfter    = 4                       // answers
	maxQueries    = 200
	maxCandidates = 2000
	maxLookup     = 10 * time.Second
	perAddress    = 3 // candidates that may have one IP address
)

type status uint8

const (
	fresh status = iota
	asked
	dead
	answered
)

// candidate is a node that a lookup may ask.
type candidate struct {
	krpc.Node
	distance bittorrent.NodeID
	named    bool // its id is known; a first node is only an address
	router   bool // never asked for peers, and never among the nearest
	status   status
	sent     moment.Time
	hops     int // from our table
	token    []byte
}

// lookup finds the nodes nearest to a target.
type lookup struct {
	target     bittorrent.NodeID
	self       bittorrent.NodeID
	enough     int  // the lookup ends when this many of the nearest have answered
	local      bool // many nodes may share an address
	candidates []*candidate
	addresses  map[netip.AddrPort]bool
	ids        map[bittorrent.NodeID]bool
	hosts      map[netip.Addr]int

	began            moment.Time
	queries, answers int
	slowest          time.Duration
}

func newLookup(target, self bittorrent.NodeID, enough int, local bool, now moment.Time) *lookup {
	return &lookup{
		target: target, self: self, enough: enough, local: local, began: now,
		addresses: map[netip.AddrPort]bool{}, ids: map[bittorrent.NodeID]bool{self: true}, hosts: map[netip.Addr]int{},
	}
}

// add adds a node that another node named.
func (l *lookup) add(n krpc.Node, hops int) {
	if l.ids[n.ID] {
		return
	}
	if l.place(&candidate{Node: n, named: true, hops: hops, distance: bittorrent.Distance(n.ID, l.target)}) {
		l.ids[n.ID] = true
	}
}

// addFirst adds an address whose node id is not known. It is asked after all nodes with an id.
func (l *lookup) addFirst(a netip.AddrPort, router bool) {
	c := &candidate{Node: krpc.Node{Addr: a}, router: router}
	for i := range c.distance {
		c.distance[i] = 0xff
	}
	l.place(c)
}

func (l *lookup) place(c *candidate) bool {
	host := c.Addr.Addr()
	if l.addresses[c.Addr] || !l.local && l.hosts[host] >= perAddress || len(l.candidates) >= maxCandidates && !l.makeRoom(c) {
		return false
	}
	l.addresses[c.Addr] = true
	l.hosts[host]++
	l.insert(c)
	return true
}

// makeRoom drops the farthest candidate for a nearer one, unless it was asked already: nodes that name many others must
// not keep out the near ones. It reports whether it made room.
func (l *lookup) makeRoom(c *candidate) bool {
	last := l.candidates[len(l.candidates)-1]
	if last.status != fresh || bytes.Compare(c.distance[:], last.distance[:]) >= 0 {
		return false
	}
	l.candidates = l.candidates[:len(l.candidates)-1]
	delete(l.addresses, last.Addr)
	if l.hosts[last.Addr.Addr()]--; last.named {
		delete(l.ids, last.ID)
	}
	return true
}

func (l *lookup) insert(c *candidate) {
	i, _ := slices.BinarySearchFunc(l.candidates, c, func(a, b *candidate) int { return bytes.Compare(a.distance[:], b.distance[:]) })
	l.candidates = append(l.candidates, nil)
	copy(l.candidates[i+1:], l.candidates[i:])
	l.candidates[i] = c
}

// patience returns how long a node has to answer.
func (l *lookup) patience() time.Duration {
	if l.answers < knownAfter {
		return deadAfter
	}
	return min(max(4*l.slowest, soonest), deadAfter)
}

// next returns the node to query now; nil if there is none. The caller sends the query.
func (l *lookup) next(now moment.Time) *candidate {
	l.bury(now)
	if l.done(now) || l.queries >= maxQueries {
		return nil
	}
	busy, good := 0, 0
	for _, c := range l.candidates {
		if c.status == asked && now-c.sent < slotFor {
			busy++
		}
	}
	for _, c := range l.candidates {
		switch {
		case good >= l.enough || busy >= alpha:
			return nil
		case c.status == answered:
			good++
		case c.status == fresh:
			c.status, c.sent = asked, now
			l.queries++
			return c
		}
	}
	return nil
}

// bury gives up nodes that did not answer in time.
func (l *lookup) bury(now moment.Time) {
	patience := l.patience()
	for _, c := range l.candidates {
		if c.status == asked && now-c.sent >= patience {
			c.status = dead
		}
	}
}

// answer takes the answer to a query, even a late one, and reports whether it may be believed: nodes that use another
// id for each query, to be near every target, invent the rest as well.
func (l *lookup) answer(c *candidate, body *krpc.Body, now moment.Time) bool {
	if c.status == answered {
		return false
	}
	if !body.HasID || c.named && body.ID != c.ID || !c.named && !c.router && l.ids[body.ID] {
		c.status = dead
		return false
	}
	l.answers++
	l.slowest = max(l.slowest, min(now-c.sent, deadAfter))
	c.token = bytes.Clone(body.Token)
	for _, n := range body.Nodes {
		l.add(n, c.hops+1)
	}
	switch {
	case c.router:
		c.status = dead // it has answered, but must not count among the nearest
	case c.named:
		c.status = answered
	default:
		c.status, c.named, c.ID = answered, true, body.ID
		l.ids[c.ID] = true
		l.candidates = slices.DeleteFunc(l.candidates, func(o *candidate) bool { return o == c })
		c.distance = bittorrent.Distance(c.ID, l.target)
		l.insert(c)
	}
	return true
}

// refused records that nothing could be sent to a node, or that it answered with an error.
func (l *lookup) refused(c *candidate) {
	if c.status != answered {
		c.status = dead
	}
}

// done reports whether the nearest nodes that are not dead have all answered, or the lookup has used up its time.
func (l *lookup) done(now moment.Time) bool {
	if now-l.began >= maxLookup {
		return true
	}
	left := l.enough
	for _, c := range l.candidates {
		switch {
		case left == 0:
			return true
		case c.status == answered:
			left--
		case c.status == asked, c.status == fresh && l.queries < maxQueries:
			return false
		}
	}
	return true
}

// wake returns when something changes without an answer; zero if nothing does.
func (l *lookup) wake(now moment.Time) (at moment.Time) {
	patience := l.patience()
	for _, c := range l.candidates {
		if c.status != asked {
			continue
		}
		t := c.sent + patience
		if slot := c.sent + slotFor; slot > now && slot < t {
			t = slot
		}
		if at == 0 || t < at {
			at = t
		}
	}
	if end := l.began + maxLookup; at != 0 && end < at {
		return end
	}
	return at
}

// nearest returns up to n nodes that answered, the nearest first.
func (l *lookup) nearest(n int) (out []*candidate) {
	for _, c := range l.candidates {
		if c.status == answered && len(out) < n {
			out = append(out, c)
		}
	}
	return out
}
