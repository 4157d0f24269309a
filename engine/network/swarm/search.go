package swarm

import (
	"context"
	crand "crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/moment"
)

// How much a search does at once.
const (
	maxPeers    = 200 // kept; of more, a random selection
	maxDials    = 256 // open
	dialRate    = 100 // new ones a second
	maxTalks    = 8   // conversations
	maxVisits   = 6   // to one peer that the link names, or that was met
	fewVisits   = 2   // to any other peer
	maxTrackers = 16
	dialTime    = 4 * time.Second
	helloTime   = 6 * time.Second // for the peer's handshake: with loss it is sent several times
	redialTime  = 4 * time.Second
	againTime   = time.Second // the first time, after a peer that closed the connection without a handshake
	resumeTime  = 500 * time.Millisecond
	lookAgain   = 3 * time.Second // the first time; then longer
	lookFurther = 20 * time.Second
)

// Way is how a peer was reached.
type Way int

// The ways.
const (
	TCP Way = iota
	UTP
	ways
)

// Network is the functions with which a search reaches the swarm. Every address that a stranger names passes Filter
// first.
type Network struct {
	Filter *udp.Filter
	Dial   [ways]func(ctx context.Context, to netip.AddrPort) (net.Conn, error) // nil if this way is closed
	Lookup func(ctx context.Context, hash bittorrent.InfoHash, o *dht.SearchOptions) (*dht.Result, error)
	Ping   func(node netip.AddrPort) // called with the address of a DHT node that a peer has named; may be nil
	Scrape func(ctx context.Context, tracker string, hash bittorrent.InfoHash) (bittorrent.Swarm, error)
}

// Query is what to search for.
type Query struct {
	Link     bittorrent.Magnet
	Trackers []string         // to be scraped; never printed
	Peers    []netip.AddrPort // of the link
	Named    []netip.AddrPort // by trackers to the user's client; they cost no packet, so they come before those of the DHT
	Nodes    []netip.AddrPort // of the .torrent file that is known
	Verdict  Verdict
}

// Search searches for one torrent, once. Its methods are safe for concurrent use.
type Search struct {
	network Network
	query   Query
	self    bittorrent.PeerID
	wake    chan struct{} // another visit may be able to begin
	running sync.WaitGroup
	over    chan struct{} // the description has arrived, or the search ends

	mu       sync.Mutex
	assembly *assembly                   // guarded by mu
	layers   *layers                     // guarded by mu; nil before the description has arrived, and if none are needed
	contacts map[netip.AddrPort]*contact // guarded by mu
	counts   counts                      // guarded by mu
	dials    udp.Bucket                  // guarded by mu
	nearest  []netip.AddrPort            // guarded by mu; nodes of the DHT nearest to the hash
	swarms   map[string]bittorrent.Swarm // guarded by mu; by tracker
	first    First                       // guarded by mu
}

// First is the kinds of first nodes of the DHT that were asked.
type First struct {
	Groups []dht.Group // in that order
	Peers  bool        // the nodes of peers that were met, too
}

// counts are the numbers of a search that is running.
type counts struct {
	Progress
	sources int // that may still name peers
	named   int // peers, including those that were dropped
	looking int // parts of the search that still ask for seeders and leechers
	open    int // dials
	talks   int // conversations
	waiting int // peers that were met, and wait until a conversation ends
	ended   bool
}

// Progress is how far a search is, as the window and the log show it.
type Progress struct {
	Queried, Answered int       // nodes of the DHT
	Found             int       // peers
	Tried             int       // peers that were dialled
	Met               [ways]int // peers that answered, by way
	Pieces, Of        int       // of the description
	NoMetadata        int       // peers that do not have the description
	TooLarge          int       // peers whose description is larger than is accepted
	Wrong             int       // peers that sent a description with another hash
	Seeders, Leechers int       // −1 where no source reported it
}

// New prepares a search.
func New(n Network, q Query) *Search {
	s := &Search{
		network: n, query: q, wake: make(chan struct{}, 1), over: make(chan struct{}), contacts: map[netip.AddrPort]*contact{},
		swarms: map[string]bittorrent.Swarm{}, dials: udp.NewBucket(dialRate, dialRate),
	}
	s.assembly = newAssembly(rightFor(q.Link))
	s.counts.Seeders, s.counts.Leechers = -1, -1
	_, _ = crand.Read(s.self[:]) // never fails
	copy(s.self[:], "-"+bittorrent.ClientCode+"1000-")
	return s
}

// rightFor returns a function that reports whether metadata has every hash of a link, in full length.
func rightFor(link bittorrent.Magnet) func(b []byte) bool {
	return func(b []byte) bool {
		v1 := link.Kind == bittorrent.V2 || sha1.Sum(b) == link.InfoHash
		v2 := link.Kind == bittorrent.V1 || sha256.Sum256(b) == link.SHA256
		return v1 && v2
	}
}

// Progress returns how far the search is.
func (s *Search) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.counts.Progress
	if s.assembly.whole == nil {
		p.Pieces, p.Of = s.assembly.progress()
	}
	p.Wrong = s.assembly.wrong
	p.Found = len(s.contacts)
	return p
}

// First returns the first nodes that were asked so far.
func (s *Search) First() First {
	s.mu.Lock()
	defer s.mu.Unlock()
	return First{slices.Clone(s.first.Groups), s.first.Peers}
}

// Run searches until the description has arrived, nothing is left to try, or ctx ends. found is called with the
// description as soon as it arrives, while seeders and leechers may still be counted; it may be nil. The error is a
// [*Failure].
func (s *Search) Run(ctx context.Context, found func(*Result)) (*Result, error) {
	if s.query.Verdict != Allowed && s.query.Verdict != OwnTrackers {
		return Nothing(), &Failure{Reason: NotAllowed}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer s.running.Wait()
	defer cancel()
	s.begin(ctx)
	s.visitAll(ctx)
	s.end()
	s.mu.Lock()
	whole := s.assembly.whole
	s.mu.Unlock()
	if whole == nil {
		f := s.failure(ctx)
		s.finishCounting(ctx)
		return s.result(nil), f
	}
	r := s.result(whole)
	if r.Private {
		cancel() // nothing more is requested
	}
	if found != nil {
		found(r)
	}
	if !r.Private {
		s.finishCounting(ctx)
	}
	return s.result(whole), nil
}

// begin starts all sources of peers and of counts.
func (s *Search) begin(ctx context.Context) {
	for _, t := range unique(s.query.Trackers) {
		if s.network.Scrape != nil {
			s.source(func() { s.scrape(ctx, t) }, false)
		}
	}
	if s.query.Verdict != Allowed {
		return
	}
	for _, a := range s.query.Peers {
		s.add(a, ofLink)
	}
	for _, a := range s.query.Named {
		s.add(a, ofTracker)
	}
	if s.network.Lookup != nil {
		s.source(func() { s.lookups(ctx) }, true)
	}
}

func unique(list []string) (out []string) {
	for _, t := range list {
		if !slices.Contains(out, t) && len(out) < maxTrackers {
			out = append(out, t)
		}
	}
	return out
}

// changed wakes visitAll.
func (s *Search) changed() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// add adds a peer that was named.
func (s *Search) add(a netip.AddrPort, by namer) {
	a = udp.Clean(a)
	if s.network.Filter.Refuses(a) {
		return
	}
	s.mu.Lock()
	if _, known := s.contacts[a]; !known {
		if s.counts.named++; len(s.contacts) < maxPeers || s.makeRoom() {
			s.contacts[a] = &contact{addr: a, by: by}
		}
	}
	s.mu.Unlock()
	s.changed()
}

// makeRoom drops a peer that was not dialled yet, so that a random selection of many peers is kept; it reports whether
// there was one. s.mu is held.
func (s *Search) makeRoom() bool {
	if rand.IntN(s.counts.named) >= maxPeers {
		return false
	}
	for a, c := range s.contacts { // in a random order
		if c.visits == 0 && c.by != ofLink {
			delete(s.contacts, a)
			return true
		}
	}
	return false
}

// end ends all conversations.
func (s *Search) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.counts.ended {
		s.counts.ended = true
		close(s.over)
	}
}

// visitAll begins visits until the description has arrived, nothing is left to try, or ctx ends.
func (s *Search) visitAll(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next, left := s.visitSome(ctx, udp.Now())
		if !left {
			return
		}
		timer.Reset(udp.Until(next))
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// visitSome begins the visits that may begin now. next is when the next one may, and left reports whether there is
// anything left to wait for.
func (s *Search) visitSome(ctx context.Context, now moment.Time) (next moment.Time, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, left = now+time.Minute, s.counts.sources > 0
	if s.assembly.whole != nil {
		if s.layers.complete() || now >= s.layers.until {
			return now, false
		}
		next = min(next, s.layers.until)
	}
	for _, c := range s.sorted(byVisits) {
		if c.busy || !c.done {
			left = true
		}
		if c.busy || c.done {
			continue
		}
		switch wait := s.dials.Wait(now); {
		case c.next > now:
			next = min(next, c.next)
		case s.counts.open >= maxDials || s.counts.waiting >= maxTalks: // a visit that ends wakes the loop
		case wait > 0:
			next = min(next, now+wait)
		default:
			s.dials.Take(now)
			c.busy = true
			c.visits++
			s.counts.open++
			if c.visits == 1 {
				s.counts.Tried++
			}
			s.running.Go(func() { s.visit(ctx, c) })
		}
	}
	return next, left
}
