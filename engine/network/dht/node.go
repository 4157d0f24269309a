package dht

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

const (
	openFor      = 5 * time.Second // how long to wait for the answer to a query
	maintain     = 10 * time.Second
	pingRate     = 5 // a second, of nodes that queried this one
	renameAtMost = time.Hour
)

// Socket sends datagrams of one family; [udp.Socket] is one.
type Socket interface {
	Send(b []byte, to netip.AddrPort) error
	V6() bool
	LocalAddr() netip.AddrPort
}

// Options are what a node needs.
type Options struct {
	Sockets      []Socket // at most one of each family
	Filter       *udp.Filter
	AnswerOthers bool // answer queries if others can reach this node; otherwise it is read-only (BEP 43)
	State        State
	First        First
}

// Node is a node of the DHT. Its methods are safe for concurrent use.
type Node struct {
	wake chan struct{} // the timer must be set again
	mu   sync.Mutex
	core core // guarded by mu
}

// core is the node without its lock. Its methods are called while mu is held, and put what to send into out.
type core struct {
	filter   *udp.Filter
	first    First
	families [2]*family // IPv4, IPv6; nil if there is no socket
	open     map[uint16]*transaction
	tasks    []*task
	answers  answers
	pings    udp.Bucket
	pace     *udp.Pace
	reach    reach
	watched  bool // the window shows the DHT: the table is kept fresh
	upkeep   upkeep
	out      []datagram // to be sent after mu is released
}

// family is what a node has for IPv4 or IPv6 (BEP 32).
type family struct {
	v6     bool
	socket Socket
	self   bittorrent.NodeID
	table  *table
	saved  []krpc.Node // from the last run; they enter the table only when they answer
	votes  votes
}

// transaction is a query that was sent but not answered yet.
type transaction struct {
	krpc.Node      // its id is zero if unknown
	router    bool // a router, which never enters the table
	sent      moment.Time
	answer    func(m *krpc.Message, now moment.Time) // may be nil; called for a reply or an error
}

type datagram struct {
	f  *family
	b  []byte
	to netip.AddrPort
}

// New returns a node. It sends nothing before [Node.Run] runs and a search begins.
func New(o *Options) *Node {
	now := udp.Now()
	c := core{
		filter: o.Filter, first: o.First, open: map[uint16]*transaction{}, pings: udp.NewBucket(pingRate, pingRate), pace: udp.NewPace(),
	}
	for _, s := range o.Sockets {
		i := index(s.V6())
		saved := o.State.Families[i]
		self := saved.ID
		if self == (bittorrent.NodeID{}) {
			self = randomID()
		}
		c.families[i] = &family{
			v6: s.V6(), socket: s, self: self, table: newTable(self, o.Filter.LocalNetworks), saved: saved.Nodes,
			votes: votes{address: saved.External},
		}
	}
	c.answers = answers{families: c.families, filter: o.Filter, store: newStore(randomBytes, now), quota: newQuota(o.Filter.LocalNetworks)}
	c.ownAddresses()
	c.reach.wish(o.AnswerOthers, now)
	return &Node{wake: make(chan struct{}, 1), core: c}
}

func index(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}

func randomBytes(b []byte) { _, _ = rand.Read(b) } // it never fails

func randomID() (id bittorrent.NodeID) {
	randomBytes(id[:])
	return id
}

// Run drives the node's timers until ctx ends. Without it no search ends.
func (n *Node) Run(ctx context.Context) error {
	var resolving sync.WaitGroup
	defer resolving.Wait()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if at, ok := n.next(); ok {
			timer.Reset(udp.Until(at))
		}
		if names := n.unresolved(); len(names) > 0 {
			resolving.Go(func() { n.resolved(n.core.first.resolve(ctx, names)) })
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.wake:
		case <-timer.C:
			n.step(func(moment.Time) {})
		}
	}
}

// step changes the node's state, advances all tasks, and sends the resulting datagrams.
func (n *Node) step(do func(now moment.Time)) {
	n.mu.Lock()
	now := udp.Now()
	do(now)
	n.core.advance(now)
	out := n.core.out
	n.core.out = nil
	n.mu.Unlock()
	for _, d := range out {
		_ = d.f.socket.Send(d.b, d.to) // a datagram that is refused or lost is like a lost answer
	}
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// advance advances all tasks.
func (n *core) advance(now moment.Time) {
	for t, x := range n.open {
		if now-x.sent >= openFor {
			delete(n.open, t)
			if f := n.families[index(x.Addr.Addr().Is6())]; f != nil {
				f.table.unanswered(x.Node, now)
			}
		}
	}
	n.maintain(now)
	tasks := n.tasks
	n.tasks = nil
	for _, t := range tasks {
		if n.proceed(t, now); !t.ended {
			n.tasks = append(n.tasks, t)
		}
	}
}

// next returns when something is due without a datagram; ok is false if nothing is, so that an idle node sleeps.
func (n *Node) next() (at moment.Time, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c, now := &n.core, udp.Now()
	earliest := func(t moment.Time) {
		if t != 0 && (at == 0 || t < at) {
			at = t
		}
	}
	for _, x := range c.open {
		earliest(x.sent + openFor)
	}
	for _, t := range c.tasks {
		earliest(c.wakeOf(t, now))
	}
	if c.awake(now) {
		earliest(c.upkeep.at + maintain)
	} else if c.reach.answers && !c.reach.reached {
		earliest(c.reach.again)
	}
	return at, at != 0
}

// Receive processes a datagram from a socket; it is an [udp.Receiver].
func (n *Node) Receive(b []byte, from netip.AddrPort) {
	m, err := krpc.Parse(b)
	f := n.core.families[index(from.Addr().Is6())]
	if err != nil || f == nil {
		return
	}
	n.step(func(now moment.Time) {
		if m.Kind == krpc.Query {
			n.core.queried(f, &m, from, now)
		} else {
			n.core.answered(f, &m, from, now)
		}
	})
}

// queried handles a query.
func (n *core) queried(f *family, m *krpc.Message, from netip.AddrPort, now moment.Time) {
	n.reach.cameFrom(from.Addr(), now)
	node := krpc.Node{ID: m.Body.ID, Addr: from}
	room := m.Body.HasID && f.table.queried(node, now)
	if !n.reach.full(now) || !n.answers.quota.take(from.Addr(), now) {
		return
	}
	out := n.answers.reply(f, m, from, now)
	n.out = append(n.out, datagram{f, out.Append(nil), from})
	if room && !m.ReadOnly && n.pings.Take(now) {
		n.ping(f, node, now)
	}
}

// answered handles a reply or an error. It ignores a message that answers no open query, or that comes from an address
// that was not asked.
func (n *core) answered(f *family, m *krpc.Message, from netip.AddrPort, now moment.Time) {
	if len(m.Transaction) != 2 {
		return
	}
	t := binary.BigEndian.Uint16(m.Transaction)
	x := n.open[t]
	if x == nil || x.Addr != from || m.Kind == krpc.Reply && !m.Body.HasID {
		return
	}
	delete(n.open, t)
	if m.Kind == krpc.Reply {
		n.met(f, x, m, now)
	}
	if x.answer != nil {
		x.answer(m, now)
	}
}

// met adds a node that answered to the table, and counts its vote for this node's address.
func (n *core) met(f *family, x *transaction, m *krpc.Message, now moment.Time) {
	switch {
	case x.router:
	case x.ID != (bittorrent.NodeID{}) && x.ID != m.Body.ID:
		f.table.unanswered(x.Node, now) // another node is at this address now
	default:
		if old, ok := f.table.answered(krpc.Node{ID: m.Body.ID, Addr: x.Addr}, now); ok && n.pings.Take(now) {
			n.ping(f, old, now)
		}
	}
	if external := m.External.Addr(); external.Is6() == f.v6 && f.votes.add(x.Addr.Addr(), external) {
		n.ownAddresses()
		n.reach.moved(now)
		if !krpc.Matches(f.self, external) && now-f.votes.changed >= renameAtMost {
			f.votes.changed = now
			f.self = krpc.Secure(randomID(), external)
			f.table = f.table.renamed(f.self, now)
		}
	}
}

// ownAddresses sets the filter, so that this node never sends to itself.
func (n *core) ownAddresses() {
	var own []netip.AddrPort
	for _, f := range n.families {
		if f == nil {
			continue
		}
		local := f.socket.LocalAddr()
		own = append(own, local)
		if f.votes.address.IsValid() {
			own = append(own, netip.AddrPortFrom(f.votes.address, local.Port()))
		}
	}
	n.filter.SetOwn(own...)
}

// ping asks a node whether it is there. Inlining it at its three call sites would add 1 kB to the program.
//
//go:noinline
func (n *core) ping(f *family, node krpc.Node, now moment.Time) {
	n.query(f, &transaction{Node: node}, &krpc.Message{Method: krpc.Ping}, now)
}

// query sends a query if the pace allows it, and reports whether it did; the method and the body are the caller's.
func (n *core) query(f *family, x *transaction, m *krpc.Message, now moment.Time) bool {
	if n.filter.Refuses(x.Addr) || x.Addr.Addr().Is6() != f.v6 || len(n.open) > 1<<12 || !n.pace.Take(x.Addr, now) {
		return false
	}
	var t [2]byte
	for taken := true; taken; _, taken = n.open[binary.BigEndian.Uint16(t[:])] {
		randomBytes(t[:]) // a stranger must not be able to guess it
	}
	x.sent = now
	n.open[binary.BigEndian.Uint16(t[:])] = x
	m.Kind, m.Transaction, m.ReadOnly = krpc.Query, t[:], !n.reach.full(now)
	m.Body.ID, m.Body.HasID = f.self, true
	if m.Body.Asked.HasTarget && m.Method != krpc.AnnouncePeer && n.families[0] != nil && n.families[1] != nil {
		m.Body.Asked.Want = krpc.WantV4 | krpc.WantV6
	}
	n.out = append(n.out, datagram{f, m.Append(nil), x.Addr})
	n.reach.sentTo(x.Addr.Addr())
	return true
}
