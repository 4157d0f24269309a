package dht

import (
	"cmp"
	"net/netip"
	"time"

	"bittoratio/engine/network/udp"
	"bittoratio/engine/swarmview"
	"bittoratio/engine/wire/moment"
)

// upkeep keeps a table fresh while it is needed.
type upkeep struct {
	at        moment.Time // when the table was last maintained
	joined    moment.Time // when our own neighbourhood was last looked up
	resolve   bool        // routers' names must be looked up
	resolving bool
	routers   []netip.AddrPort // of the names; nil until they are needed
}

// joinAgain is how long a node that found no other node waits before it tries again.
const joinAgain = time.Minute

// Watch sets whether the window shows the node; if so, the table is kept fresh.
func (n *Node) Watch(on bool) { n.step(func(moment.Time) { n.core.watched = on }) }

// awake reports whether the table must be kept fresh. An idle read-only node sends nothing.
func (n *core) awake(now moment.Time) bool {
	return n.watched || n.reach.full(now) || len(n.tasks) > 0
}

// maintain looks up our own neighbourhood, and ids in the buckets that have not changed for long.
func (n *core) maintain(now moment.Time) {
	if !n.awake(now) || now-n.upkeep.at < maintain {
		return
	}
	n.upkeep.at = now
	if len(n.tasks) > 0 { // searches fill the table as they go; one thing at a time
		return
	}
	for _, f := range n.families {
		switch {
		case f == nil:
		case f.table.size() < 2*K && now-n.upkeep.joined >= joinAgain:
			n.upkeep.joined = now
			n.begin(&task{target: f.self}, K, now)
			return
		default:
			for _, id := range f.table.stale(now, randomID) {
				n.begin(&task{target: id, groups: groups{none: true}}, K, now)
			}
		}
	}
}

// moved records that others see this node at a new address.
func (r *reach) moved(now moment.Time) {
	if r.answers && !r.reached {
		r.try(now)
	}
}

// Status is a copy of a node's state.
type Status struct {
	Port     uint16 // of the sockets
	Families []swarmview.Family
	Full     bool // the node answers others now
	Reached  bool // queries of others have arrived
	Stored   int  // peers kept for others
}

// Status returns the node's state.
func (n *Node) Status() Status {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := udp.Now()
	s := Status{Full: n.core.reach.full(now), Reached: n.core.reach.reached, Stored: n.core.answers.store.size()}
	for _, f := range n.core.families {
		if f == nil {
			continue
		}
		s.Port = cmp.Or(s.Port, f.socket.LocalAddr().Port())
		fs := swarmview.Family{V6: f.v6, ID: f.self, External: f.votes.address, Buckets: f.table.counts(now)}
		for _, node := range f.table.nearest(f.self, 8*K*len(f.self)) {
			fs.Nodes = append(fs.Nodes, node.ID)
		}
		s.Families = append(s.Families, fs)
	}
	return s
}

// SetAnswerOthers sets whether the user wants to answer others.
func (n *Node) SetAnswerOthers(on bool) { n.step(func(now moment.Time) { n.core.reach.wish(on, now) }) }
