package dht

import (
	"net/netip"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

const (
	roundFor   = 1500 * time.Millisecond // how long to wait for counts and answers to announces
	maxCounted = 16                      // nodes that are asked for counts
	maxFound   = 10_000                  // peers of one search
)

// task is a search: for peers of a hash, or for nodes near an id.
type task struct {
	target   bittorrent.NodeID
	peers    bool // get_peers, otherwise find_node
	count    bool // a second pass asks for counts (BEP 33)
	announce Announce
	groups   groups
	begins   []krpc.Node // where it begins; nil for the table's nearest
	legs     []*leg
	ended    bool
	stop     bool

	found   map[netip.AddrPort]bool
	fresh   []netip.AddrPort // found but not taken yet
	counts  counts
	changed chan struct{} // signals news; has one slot
}

// leg is a task in one family.
type leg struct {
	f     *family
	look  *lookup
	phase phase
	fan   []*candidate // to be queried in this phase
	open  int          // queried in this phase and not answered yet
	until moment.Time
}

type phase uint8

const (
	looking phase = iota
	counting
	announcing
	over
)

// counts are the numbers of peers that the nodes nearest to a hash report.
type counts struct {
	seeds, others krpc.Bloom
	any           bool
	announced     int // nodes that accepted our announce
}

// begin starts a task.
func (n *core) begin(t *task, enough int, now moment.Time) {
	t.found, t.changed = map[netip.AddrPort]bool{}, make(chan struct{}, 1)
	for _, f := range n.families {
		if f == nil {
			continue
		}
		l := &leg{f: f, look: newLookup(t.target, f.self, enough, n.filter.LocalNetworks, now)}
		nearest := f.table.nearest(t.target, 2*K)
		if t.begins != nil {
			nearest = t.begins
		}
		for _, node := range nearest {
			if node.Addr.Addr().Is6() == f.v6 {
				l.look.add(node, 0)
			}
		}
		t.groups.began = t.groups.began || len(nearest) > 0
		t.legs = append(t.legs, l)
	}
	t.groups.at = now
	n.tasks = append(n.tasks, t)
}

// proceed sends what a task may send now, and begins its next phase when one is over.
func (n *core) proceed(t *task, now moment.Time) {
	n.more(t, now)
	t.ended = true
	for _, l := range t.legs {
		if t.stop {
			l.phase = over
		}
		switch l.phase {
		case looking:
			n.look(t, l, now)
		case counting, announcing:
			n.fanOut(t, l, now)
		}
		t.ended = t.ended && l.phase == over
	}
	if t.ended {
		t.signal()
	}
}

func (t *task) signal() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// look sends the queries of a lookup.
func (n *core) look(t *task, l *leg, now moment.Time) {
	l.look.bury(now)
	for n.pace.Wait(now) == 0 {
		c := l.look.next(now)
		if c == nil {
			break
		}
		m := &krpc.Message{Method: krpc.FindNode}
		m.Body.Asked.Target, m.Body.Asked.HasTarget = t.target, true
		if t.peers && !c.router {
			m.Method = krpc.GetPeers
		}
		x := &transaction{Node: c.Node, router: c.router}
		x.answer = func(m *krpc.Message, now moment.Time) { n.lookAnswer(t, l, c, m, now) }
		if !n.query(l.f, x, m, now) {
			l.look.refused(c)
		}
	}
	if l.look.done(now) && (now-l.look.began >= maxLookup || !t.groups.left(t) && !t.fed(l, now)) {
		n.turn(t, l, now)
	}
}

// fed reports whether the lookup of the other family may still name nodes for this one.
func (t *task) fed(l *leg, now moment.Time) bool {
	if len(l.look.nearest(l.look.enough)) == l.look.enough {
		return false
	}
	for _, other := range t.legs {
		if other != l && other.phase == looking && !other.look.done(now) {
			return true
		}
	}
	return false
}

// lookAnswer handles an answer to a lookup's query.
func (n *core) lookAnswer(t *task, l *leg, c *candidate, m *krpc.Message, now moment.Time) {
	if t.ended {
		return
	}
	if m.Kind != krpc.Reply {
		l.look.refused(c)
		return
	}
	var here []krpc.Node
	for _, node := range m.Body.Nodes {
		switch {
		case n.filter.Refuses(node.Addr):
		case node.Addr.Addr().Is6() == l.f.v6:
			here = append(here, node)
		default:
			for _, other := range t.legs { // the other family's lookup gets it too
				if other != l && other.phase == looking {
					other.look.add(node, c.hops+1)
				}
			}
		}
	}
	m.Body.Nodes = here
	if l.look.answer(c, &m.Body, now) {
		t.take(m.Body.Values, n.filter)
	}
	t.signal()
}

// take adds peers.
func (t *task) take(peers []netip.AddrPort, filter *udp.Filter) {
	for _, p := range peers {
		if !t.found[p] && len(t.found) < maxFound && !filter.Refuses(p) {
			t.found[p] = true
			t.fresh = append(t.fresh, p)
		}
	}
}

// turn begins the next phase with something to do.
func (n *core) turn(t *task, l *leg, now moment.Time) {
	l.fan, l.open, l.until = nil, 0, now+roundFor
	switch {
	case l.phase == looking && t.count && t.peers:
		l.phase = counting
		l.fan = l.look.nearest(maxCounted)
	case l.phase < announcing && t.announce.Port != 0 && t.peers:
		l.phase = announcing
		for _, c := range l.look.nearest(2 * K) {
			if c.token != nil && len(l.fan) < K {
				l.fan = append(l.fan, c)
			}
		}
	default:
		l.phase = over
		return
	}
	n.fanOut(t, l, now)
}

// fanOut sends the queries of a phase in which a few known nodes get one query each.
func (n *core) fanOut(t *task, l *leg, now moment.Time) {
	for len(l.fan) > 0 && n.pace.Wait(now) == 0 {
		c := l.fan[0]
		l.fan = l.fan[1:]
		phase := l.phase
		x := &transaction{Node: c.Node, answer: func(m *krpc.Message, _ moment.Time) {
			if l.phase == phase {
				l.open--
			}
			t.counts.take(phase, m)
		}}
		m := &krpc.Message{Method: krpc.GetPeers}
		asked := &m.Body.Asked
		asked.Target, asked.HasTarget = t.target, true
		if l.phase == announcing {
			m.Method, m.Body.Token, asked.Port, asked.Seed = krpc.AnnouncePeer, c.token, t.announce.Port, t.announce.Seed
		} else {
			asked.Scrape = true
		}
		if n.query(l.f, x, m, now) {
			l.open++
		}
	}
	if len(l.fan) == 0 && l.open == 0 || now >= l.until {
		n.turn(t, l, now)
	}
}

func (c *counts) take(p phase, m *krpc.Message) {
	switch {
	case m.Kind != krpc.Reply:
	case p == announcing:
		c.announced++
	case m.Body.Seeds != nil && m.Body.Peers != nil:
		c.any = true
		c.seeds.Or(m.Body.Seeds)
		c.others.Or(m.Body.Peers)
	}
}

// wakeOf returns when a task must be advanced again.
func (n *core) wakeOf(t *task, now moment.Time) (at moment.Time) {
	earliest := func(t moment.Time) {
		if t != 0 && (at == 0 || t < at) {
			at = t
		}
	}
	if wait := n.pace.Wait(now); wait > 0 {
		earliest(now + wait)
	}
	earliest(t.groups.wake(t))
	for _, l := range t.legs {
		switch l.phase {
		case looking:
			earliest(l.look.wake(now))
			earliest(l.look.began + maxLookup)
		case counting, announcing:
			earliest(l.until)
		}
	}
	return at
}

// answers returns how many nodes answered in all legs, and how many were queried.
func (t *task) answers() (answers, queries int) {
	for _, l := range t.legs {
		answers += l.look.answers
		queries += l.look.queries
	}
	return answers, queries
}
