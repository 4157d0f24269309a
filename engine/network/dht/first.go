package dht

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// groupFor is how long the nodes of one group have to answer before those of the next are asked.
const groupFor = 1500 * time.Millisecond

// First has the nodes at which a search begins if the table is empty.
type First struct {
	Only    []netip.AddrPort                                                    // these, instead of all others
	Clients func() []netip.AddrPort                                             // the ports of the user's clients on this computer; returns at once; may be nil
	Routers []string                                                            // host:port, asked last
	Lookup  func(ctx context.Context, address string) ([]netip.AddrPort, error) // of a router; nil for the system's resolver
}

// Group is a kind of first nodes, in the order in which they are asked. Nodes of peers that a search meets are added by
// [Node.Ping] at any time.
type Group uint8

// The groups.
const (
	Saved   Group = iota // nodes of the last run
	Given                // nodes of the link or the .torrent
	Clients              // the user's own clients
	Routers              // well-known names
	groupCount
)

// groups are the first nodes of one task.
type groups struct {
	given []netip.AddrPort
	next  Group
	at    moment.Time // when the last group was asked
	began bool        // some node was asked
	tried []Group
	names bool // the routers' addresses are being looked up
	none  bool // no group may be asked
}

// left reports whether there are more first nodes for a task that needs some.
func (g *groups) left(t *task) bool {
	if answers, _ := t.answers(); g.none || answers >= K {
		return false
	}
	return g.next < groupCount || g.names
}

// wake returns when the next group is due; zero if none is.
func (g *groups) wake(t *task) moment.Time {
	if g.next >= groupCount || !g.left(t) {
		return 0
	}
	return g.at + groupFor
}

// more asks the next groups of first nodes of a task that still needs some.
func (n *core) more(t *task, now moment.Time) {
	g := &t.groups
	for g.left(t) && g.next < groupCount {
		list, any := n.members(t, g.next)
		if any && g.began && now-g.at < groupFor {
			return
		}
		group := g.next
		if g.next++; any && n.ask(t, group, list) {
			g.at, g.began = now, true
			g.tried = append(g.tried, group)
		}
	}
}

// members returns the addresses of a group, as far as they are known, and whether it has any.
func (n *core) members(t *task, group Group) (list []netip.AddrPort, any bool) {
	only := len(n.first.Only) > 0
	switch {
	case group == Given && only:
		list = n.first.Only
	case group == Given:
		list = t.groups.given
	case only:
		return nil, false
	case group == Saved:
		for _, l := range t.legs {
			any = any || len(l.f.saved) > 0
		}
		return nil, any
	case group == Clients && n.first.Clients != nil:
		list = n.first.Clients()
	case group == Routers:
		return n.upkeep.routers, len(n.first.Routers) > 0
	}
	return list, len(list) > 0
}

// ask adds the nodes of a group to a task and reports whether any can be asked.
func (n *core) ask(t *task, group Group, list []netip.AddrPort) bool {
	switch {
	case group == Saved:
		return t.addSaved()
	case group == Clients:
		for _, a := range list {
			n.filter.Allow(a)
		}
	case group == Routers && list == nil:
		t.groups.names, n.upkeep.resolve = true, true
		return true
	}
	return t.addFirst(list, group == Routers) > 0
}

func (t *task) addSaved() (any bool) {
	for _, l := range t.legs {
		for _, node := range l.f.saved {
			l.look.add(node, 0)
			any = true
		}
	}
	return any
}

func (t *task) addFirst(list []netip.AddrPort, routers bool) (added int) {
	for _, l := range t.legs {
		for _, a := range list {
			if a.Addr().Is6() == l.f.v6 && l.phase == looking {
				l.look.addFirst(a, routers)
				added++
			}
		}
	}
	return added
}

// Ping adds a node whose port was named by a peer.
func (n *Node) Ping(a netip.AddrPort) {
	n.step(func(now moment.Time) {
		f := n.core.families[index(a.Addr().Is6())]
		if f == nil || !n.core.pings.Take(now) {
			return
		}
		needed := false
		for _, t := range n.core.tasks {
			if answers, _ := t.answers(); answers < K && t.addFirst([]netip.AddrPort{a}, false) > 0 {
				needed = true
			}
		}
		if !needed {
			n.core.ping(f, krpc.Node{Addr: a}, now)
		}
	})
}

// unresolved returns the routers whose addresses must be looked up now.
func (n *Node) unresolved() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.core.upkeep.resolve || n.core.upkeep.resolving {
		return nil
	}
	n.core.upkeep.resolve, n.core.upkeep.resolving = false, true
	return n.core.first.Routers
}

// resolve looks names up, and leaves out those that have no address.
func (f *First) resolve(ctx context.Context, names []string) (out []netip.AddrPort) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	lookup := f.Lookup
	if lookup == nil {
		lookup = upstream.Resolve
	}
	for _, name := range names {
		list, _ := lookup(ctx, name)
		for _, a := range list[:min(4, len(list))] {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// resolved gives the routers' addresses to the tasks that wait for them.
func (n *Node) resolved(list []netip.AddrPort) {
	n.step(func(now moment.Time) {
		n.core.upkeep.resolving = false
		if len(list) > 0 {
			n.core.upkeep.routers = list
		}
		for _, t := range n.core.tasks {
			if t.groups.names {
				t.groups.names, t.groups.at = false, now
				t.addFirst(list, true)
			}
		}
	})
}
