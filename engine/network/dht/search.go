package dht

import (
	"context"
	"net/netip"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// Announce is what a search announces at its end to the nodes nearest to the hash (BEP 5): the port of the user's
// client on this computer, which has the torrent. The zero value announces nothing. This program itself is never
// announced: it has nothing to give.
type Announce struct {
	Port uint16
	Seed bool // the client has all of it
}

// SearchOptions are the optional parts of a search.
type SearchOptions struct {
	Nodes    []netip.AddrPort            // first nodes of the link or the .torrent
	Count    bool                        // ask for seeders and leechers, too (BEP 33)
	Peer     func(netip.AddrPort)        // called once with each peer during the search; may be nil
	Progress func(queried, answered int) // called during the search; may be nil
}

// Result is what a search found.
type Result struct {
	Queried, Answered int
	Peers             int         // all of them went to SearchOptions.Peer
	Nearest           []krpc.Node // at most eight of each family that answered, the nearest first
	Seeders, Leechers int         // -1 where no node reported it
	Announced         int         // nodes that accepted the announce
	Tried             []Group     // first nodes that were asked
}

// Search looks for the peers of a hash. It returns when the nodes nearest to the hash have answered, after about ten
// seconds at the latest, or when ctx ends. Run must be running.
func (n *Node) Search(ctx context.Context, hash bittorrent.InfoHash, a Announce, o *SearchOptions) (*Result, error) {
	t := &task{target: bittorrent.NodeID(hash), peers: true, count: o.Count, announce: a, groups: groups{given: o.Nodes}}
	n.step(func(now moment.Time) { n.core.begin(t, K, now) })
	err := n.follow(ctx, t, o)
	return n.result(t), err
}

// follow waits for a task to end, and passes on what it finds.
func (n *Node) follow(ctx context.Context, t *task, o *SearchOptions) error {
	for {
		var err error
		select {
		case <-ctx.Done():
			err = ctx.Err()
			n.step(func(moment.Time) { t.stop = true })
		case <-t.changed:
		}
		n.mu.Lock()
		fresh, ended := t.fresh, t.ended
		answers, queries := t.answers()
		t.fresh = nil
		n.mu.Unlock()
		if o.Peer != nil {
			for _, p := range fresh {
				o.Peer(p)
			}
		}
		if o.Progress != nil {
			o.Progress(queries, answers)
		}
		if ended || err != nil {
			return err
		}
	}
}

func (n *Node) result(t *task) *Result {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := &Result{Peers: len(t.found), Seeders: -1, Leechers: -1, Announced: t.counts.announced, Tried: t.groups.tried}
	r.Answered, r.Queried = t.answers()
	if t.counts.any {
		r.Seeders, r.Leechers = int(t.counts.seeds.Size()+0.5), int(t.counts.others.Size()+0.5)
	}
	for _, l := range t.legs {
		for _, c := range l.look.nearest(K) {
			r.Nearest = append(r.Nearest, c.Node)
		}
	}
	return r
}

// Measure estimates how many nodes the DHT has over IPv4, or over IPv6 if there is nothing else, with lookups for
// random targets. It continues from, an earlier estimate; the zero value begins a new one. progress gets each
// intermediate estimate, and may end the measurement by returning false.
func (n *Node) Measure(ctx context.Context, from Measured, lookups int, progress func(*Measured) bool) (*Measured, error) {
	g := from.gauge
	var err error
	for tries := 0; err == nil && g.lookups < lookups && tries < 2*lookups; tries++ {
		target := randomID()
		var one, two []bittorrent.NodeID
		if one, err = n.nodesNear(ctx, target, nil); err != nil {
			break
		}
		if !g.add(target, one) {
			if tries >= 2 && g.lookups == 0 {
				break // there are no nodes, or hardly any
			}
			continue
		}
		if g.lookups%2 == 0 {
			if two, err = n.nodesNear(ctx, target, n.others(target)); err != nil {
				break
			}
			g.compare(one, two)
		}
		if progress != nil && !progress(g.measured()) {
			break
		}
	}
	return g.measured(), err
}

// nodesNear searches for a target and returns the IDs of the nearest nodes that answered. The search begins at from, or
// at the nodes of the table if from is nil.
func (n *Node) nodesNear(ctx context.Context, target bittorrent.NodeID, from []krpc.Node) (ids []bittorrent.NodeID, err error) {
	t := &task{target: target, begins: from}
	n.step(func(now moment.Time) { n.core.begin(t, sizeEnough, now) })
	if err := n.follow(ctx, t, &SearchOptions{}); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(t.legs) > 0 {
		for _, c := range t.legs[0].look.nearest(sizeEnough) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// others returns the nodes of the table with which a lookup for this target does not begin: the farther half.
func (n *Node) others(target bittorrent.NodeID) []krpc.Node {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.core.families {
		if f != nil {
			list := f.table.nearest(target, 8*K*len(target))
			if len(list) > 4*K {
				return list[len(list)-2*K:]
			}
			return list[len(list)/2:]
		}
	}
	return nil
}
