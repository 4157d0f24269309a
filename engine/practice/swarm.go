package practice

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
)

// Limits of what a tracker holds in memory.
const (
	maxTorrents = 1_000
	maxPeers    = 1_000 // of one torrent
	defaultWant = 50    // peers in an answer if the client names no number
	maxWant     = 200
)

// Options configure a tracker. The zero value means an announce every half hour, and 100 Mbit/s as the fastest line.
type Options struct {
	Interval time.Duration // between the announces of a peer; 0 for 30 minutes
	Line     uint64        // the fastest upload that is believed, in bits per second; 0 for 100 Mbit/s
}

func (o Options) withDefaults() Options {
	if o.Interval <= 0 {
		o.Interval = 30 * time.Minute
	}
	if o.Line == 0 {
		o.Line = DefaultLine
	}
	return o
}

// DefaultLine is the fastest upload that is believed by default, in bits per second.
const DefaultLine = checks.DefaultLine

// Announce is an announce with what the tracker needs besides BEP 3's numbers.
type Announce struct {
	bittorrent.Announce
	Addr    netip.AddrPort // the peer: the address from which the announce came, and the port in it
	NumWant int            // peers wanted; negative if the tracker may choose
}

// Reply is the tracker's answer to an announce.
type Reply struct {
	Failure     string // why it was refused; then everything else is empty
	Never       bool   // for a refusal: trying again is useless (BEP 31)
	Warning     string
	Interval    time.Duration
	MinInterval time.Duration
	TrackerID   string
	Swarm       bittorrent.Swarm
	Peers       []Peer
	Noticed     []Finding // what the tracker noticed with this announce
}

// Peer is one other peer of a swarm.
type Peer struct {
	ID   bittorrent.PeerID
	Addr netip.AddrPort
}

// Tracker holds swarms, and what it has noticed about their peers. It is safe for concurrent use.
type Tracker struct {
	options Options

	mu       sync.Mutex
	torrents map[bittorrent.InfoHash]*torrent // guarded by mu
	refused  map[bittorrent.InfoHash]string   // guarded by mu; the texts of the refusals
}

// New returns a tracker without a torrent.
func New(o Options) *Tracker {
	return &Tracker{options: o.withDefaults(), torrents: map[bittorrent.InfoHash]*torrent{}, refused: map[bittorrent.InfoHash]string{}}
}

type torrent struct {
	peers     map[bittorrent.PeerID]*peer
	downloads int64
	announced time.Time // the last time
}

type peer struct {
	addr     netip.AddrPort
	counters bittorrent.Counters
	first    time.Time // first announce
	last     time.Time // last announce
	leeched  time.Time // when it was last known to lack something
	stopped  bool
	findings [checks.Count]Finding // by check; the zero value if nothing was noticed
	probed   time.Time             // when its port was last tried
	port     PortState
}

// Refuse makes the tracker refuse a torrent with this text; an empty text ends that.
func (t *Tracker) Refuse(h bittorrent.InfoHash, words string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if words == "" {
		delete(t.refused, h)
	} else {
		t.refused[h] = words
	}
}

// Announce processes one announce and returns the answer.
func (t *Tracker) Announce(a Announce, now time.Time) Reply {
	t.mu.Lock()
	defer t.mu.Unlock()
	if words, ok := t.refused[a.InfoHash]; ok {
		return Reply{Failure: words}
	}
	s := t.torrent(a.InfoHash, now)
	s.expire(now, 2*t.options.Interval+time.Minute)
	p, known := s.peers[a.PeerID]
	if !known {
		if len(s.peers) >= maxPeers {
			s.dropSilent()
		}
		p = &peer{first: now}
		s.peers[a.PeerID] = p
	}
	reply := Reply{Interval: t.options.Interval, MinInterval: t.options.Interval / 2, TrackerID: "practice"}
	if known && a.Event == bittorrent.EventNone && !p.stopped && now.Sub(p.last) < reply.MinInterval {
		reply.Warning = "this announce came before the min interval had passed"
	}
	reply.Noticed = t.judge(s, p, a, known && !p.stopped, now)
	if a.Event == bittorrent.EventCompleted {
		s.downloads++
	}
	wasLeeching := known && p.counters.Left > 0
	if a.Counters.Left > 0 || wasLeeching {
		p.leeched = now
	}
	p.addr, p.counters, p.last, p.stopped = a.Addr, a.Counters, now, a.Event == bittorrent.EventStopped
	reply.Swarm = s.count()
	if !p.stopped {
		reply.Peers = s.pick(a)
	}
	return reply
}

// torrent returns a swarm. It makes room for a new one by dropping the one that has been silent longest; the caller
// holds mu.
func (t *Tracker) torrent(h bittorrent.InfoHash, now time.Time) *torrent {
	s, ok := t.torrents[h]
	if !ok {
		if len(t.torrents) >= maxTorrents {
			var oldest bittorrent.InfoHash
			var at time.Time
			for hash, other := range t.torrents {
				if at.IsZero() || other.announced.Before(at) {
					oldest, at = hash, other.announced
				}
			}
			delete(t.torrents, oldest)
		}
		s = &torrent{peers: map[bittorrent.PeerID]*peer{}}
		t.torrents[h] = s
	}
	s.announced = now
	return s
}

// expire drops the peers that have been silent for too long.
func (s *torrent) expire(now time.Time, silence time.Duration) {
	for id, p := range s.peers {
		if now.Sub(p.last) > silence {
			delete(s.peers, id)
		}
	}
}

// dropSilent drops the peer that has been silent longest.
func (s *torrent) dropSilent() {
	var oldest bittorrent.PeerID
	var at time.Time
	for id, p := range s.peers {
		if at.IsZero() || p.last.Before(at) {
			oldest, at = id, p.last
		}
	}
	delete(s.peers, oldest)
}

func (s *torrent) count() bittorrent.Swarm {
	n := bittorrent.Swarm{Downloads: s.downloads}
	for _, p := range s.peers {
		switch {
		case p.stopped:
		case p.counters.Left == 0:
			n.Seeders++
		default:
			n.Leechers++
		}
	}
	return n
}

// pick chooses random peers for an answer. A seeder gets no seeders, because neither has anything for the other.
func (s *torrent) pick(a Announce) []Peer {
	want := a.NumWant
	if want < 0 {
		want = defaultWant
	}
	var out []Peer
	for id, p := range s.peers {
		if id == a.PeerID || p.stopped || p.addr.Port() == 0 || a.Counters.Left == 0 && p.counters.Left == 0 {
			continue
		}
		out = append(out, Peer{ID: id, Addr: p.addr})
	}
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(want, maxWant, len(out))]
}

// Scrape returns the counts of the torrents that the tracker knows; if hashes is empty, of all of them.
func (t *Tracker) Scrape(hashes []bittorrent.InfoHash) map[bittorrent.InfoHash]bittorrent.Swarm {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[bittorrent.InfoHash]bittorrent.Swarm{}
	if len(hashes) == 0 {
		for h, s := range t.torrents {
			out[h] = s.count()
		}
		return out
	}
	for _, h := range hashes {
		if s, ok := t.torrents[h]; ok {
			out[h] = s.count()
		}
	}
	return out
}

// Status is one peer as the tracker sees it, with what it has noticed.
type Status struct {
	InfoHash bittorrent.InfoHash
	Peer
	Counters bittorrent.Counters // as last announced
	First    time.Time           // first announce
	Last     time.Time           // last announce
	Stopped  bool
	Port     PortState
	Findings []Finding // in the order of [Check]; empty if none of the five checks has fired
}

// Peers returns every peer, by torrent and in the order of their first announces.
func (t *Tracker) Peers() []Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Status
	for h, s := range t.torrents {
		for id, p := range s.peers {
			out = append(out, Status{
				InfoHash: h, Peer: Peer{ID: id, Addr: p.addr}, Counters: p.counters,
				First: p.first, Last: p.last, Stopped: p.stopped, Port: p.port, Findings: p.noticed(),
			})
		}
	}
	slices.SortFunc(out, func(a, b Status) int {
		return cmp.Or(a.First.Compare(b.First), slices.Compare(a.InfoHash[:], b.InfoHash[:]), slices.Compare(a.ID[:], b.ID[:]))
	})
	return out
}
