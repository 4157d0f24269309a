package dht

import (
	"net/netip"
	"time"

	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// How many queries are answered. A query for peers has about 95 bytes and its answer up to 1,024: without a limit, a
// stranger could direct our answers at a victim by forging its address.
const (
	answerRate, answerBurst = 2, 10 // a second, to one address
	answerAll               = 200   // a second, to all together
	maxAskers               = 4096  // addresses that are counted at a time
	maxValuesV4             = 50
	maxValuesV6             = 30
)

// quota decides whether one more query is answered.
type quota struct {
	local  bool // a test network, in which one address has many nodes
	all    udp.Bucket
	askers *askers
}

func newQuota(local bool) *quota {
	return &quota{local: local, all: udp.NewBucket(answerAll, answerAll), askers: newAskers(answerRate, answerBurst)}
}

func (q *quota) take(from netip.Addr, now moment.Time) bool {
	if q.local {
		return q.all.Take(now)
	}
	b := q.askers.of(from, now)
	return b != nil && b.Wait(now) == 0 && q.all.Take(now) && b.Take(now)
}

// askers has a bucket for each address that asked lately, at most maxAskers of them.
type askers struct {
	rate, burst float64
	buckets     map[netip.Addr]*udp.Bucket
	swept       moment.Time
}

func newAskers(rate, burst float64) *askers {
	return &askers{rate: rate, burst: burst, buckets: map[netip.Addr]*udp.Bucket{}}
}

// of returns the bucket of an address; nil if there is no room for another one. Full buckets are dropped to make room,
// once a second at most: in a flood from forged addresses a search for each datagram would be expensive.
func (k *askers) of(a netip.Addr, now moment.Time) *udp.Bucket {
	if b := k.buckets[a]; b != nil {
		return b
	}
	if len(k.buckets) >= maxAskers && now-k.swept >= time.Second {
		k.swept = now
		for other, b := range k.buckets {
			if b.Full(now) {
				delete(k.buckets, other)
			}
		}
	}
	if len(k.buckets) >= maxAskers {
		return nil
	}
	b := udp.NewBucket(k.rate, k.burst)
	k.buckets[a] = &b
	return &b
}

// answers makes the answers to queries.
type answers struct {
	families [2]*family
	filter   *udp.Filter
	store    *store
	quota    *quota
}

// reply returns the answer to a query that came to this family.
func (n *answers) reply(f *family, m *krpc.Message, from netip.AddrPort, now moment.Time) *krpc.Message {
	out := &krpc.Message{Kind: krpc.Reply, Transaction: m.Transaction, External: from, Body: krpc.Body{ID: f.self, HasID: true}}
	a := &m.Body.Asked
	fault := func(code int) *krpc.Message {
		out.Kind, out.Code = krpc.Error, code
		return out
	}
	switch {
	case !m.Body.HasID:
		return fault(krpc.ProtocolError)
	case m.Method == krpc.Ping:
		return out
	case m.Method == krpc.AnnouncePeer:
		if !n.keep(m, from, now) {
			return fault(krpc.ProtocolError)
		}
		return out
	case !a.HasTarget && (m.Method == krpc.FindNode || m.Method == krpc.GetPeers):
		return fault(krpc.ProtocolError)
	case !a.HasTarget:
		return fault(krpc.UnknownMethod)
	}
	// Unknown methods that name a target or a hash are answered with nodes, so that later methods work through this
	// node.
	if m.Method == krpc.GetPeers {
		out.Body.Token = n.store.token(a.Target, from.Addr(), now)
		if a.Scrape {
			out.Body.Seeds, out.Body.Peers = n.store.filters(a.Target, now)
		} else {
			most := maxValuesV4
			if f.v6 {
				most = maxValuesV6
			}
			out.Body.Values = n.store.peers(a.Target, f.v6, a.NoSeed, most, now)
		}
	}
	out.Body.Nodes = n.near(f, a)
	fit(out)
	return out
}

// near returns the nodes of an answer: of the address families that the query wants, otherwise of the query's own.
func (n *answers) near(f *family, a *krpc.Asked) (out []krpc.Node) {
	for _, other := range n.families {
		if other == nil {
			continue
		}
		wanted := a.Want&krpc.WantV4 != 0
		if other.v6 {
			wanted = a.Want&krpc.WantV6 != 0
		}
		if wanted || a.Want == 0 && other == f {
			out = append(out, other.table.nearest(a.Target, K)...)
		}
	}
	return out
}

// keep stores an announced peer, and reports whether it did: the token must be valid, and the address allowed.
func (n *answers) keep(m *krpc.Message, from netip.AddrPort, now moment.Time) bool {
	a := &m.Body.Asked
	peer := netip.AddrPortFrom(from.Addr(), a.Port)
	if a.ImpliedPort {
		peer = from
	}
	return a.HasTarget && n.store.valid(m.Body.Token, from.Addr(), now) && !n.filter.Refuses(peer) &&
		n.store.announce(a.Target, peer, a.Seed, now)
}

// fit makes an answer short enough to be sent: with fewer peers, and without nodes if filters (BEP 33) make it too long
// even so.
func fit(m *krpc.Message) {
	for len(m.Append(nil)) > krpc.MaxSent {
		if n := len(m.Body.Values); n > 0 {
			m.Body.Values = m.Body.Values[:n-1-n/8]
			continue
		}
		m.Body.Nodes = nil
		if m.Body.Seeds == nil {
			break
		}
	}
}
