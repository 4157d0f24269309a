package swarm

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"bittoratio/engine/network/dht"
)

// source starts something that finds peers, or counts them.
func (s *Search) source(run func(), peers bool) {
	sources := 0
	if peers {
		sources = 1
	}
	s.count(&s.counts.sources, sources)
	s.count(&s.counts.looking, +1)
	s.running.Go(func() {
		run()
		s.count(&s.counts.looking, -1)
		s.count(&s.counts.sources, -sources)
		s.changed()
	})
}

// scrape requests the seeders and leechers from one tracker, and adds them to the result. An error means that they stay
// unknown.
func (s *Search) scrape(ctx context.Context, tracker string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	w, err := s.network.Scrape(ctx, tracker, s.query.Link.InfoHash)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swarms[tracker] = w
	s.counted(int(w.Seeders), int(w.Leechers))
}

// counted adds the counts of one source; the largest ones stay. s.mu is held.
func (s *Search) counted(seeders, leechers int) {
	s.counts.Seeders = max(s.counts.Seeders, seeders)
	s.counts.Leechers = max(s.counts.Leechers, leechers)
}

// lookups searches the DHT, repeatedly as long as that may find peers.
func (s *Search) lookups(ctx context.Context) {
	for try, before := 0, 0; ; try++ {
		r, _ := s.network.Lookup(ctx, s.query.Link.InfoHash, &dht.SearchOptions{
			Nodes: s.query.Nodes, Count: true, Peer: func(a netip.AddrPort) { s.add(a, ofDHT) },
			Progress: func(queried, answered int) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.counts.Queried, s.counts.Answered = queried, answered
			},
		})
		s.mu.Lock()
		s.counted(r.Seeders, r.Leechers)
		s.counts.Answered = max(s.counts.Answered, r.Answered)
		if len(r.Nearest) > 0 {
			s.nearest = nil
			for _, n := range r.Nearest {
				s.nearest = append(s.nearest, n.Addr)
			}
		}
		for _, g := range r.Tried {
			if !slices.Contains(s.first.Groups, g) {
				s.first.Groups = append(s.first.Groups, g)
			}
		}
		named := s.counts.named
		s.mu.Unlock()
		pause := lookAgain
		if try > 0 {
			pause = lookFurther
		}
		if try >= 1 && named == before {
			return // asked again, but no new peer was named
		}
		before = named
		select {
		case <-ctx.Done():
			return
		case <-s.over:
			return
		case <-time.After(pause):
		}
	}
}

// pinged records that the DHT got the node of a peer.
func (s *Search) pinged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first.Peers = true
}

// finishCounting waits up to countTime for the counts of seeders and leechers.
func (s *Search) finishCounting(ctx context.Context) {
	timer := time.NewTimer(countTime)
	defer timer.Stop()
	for {
		s.mu.Lock()
		counting := s.counts.looking > 0 && s.counts.Seeders < 0
		s.mu.Unlock()
		if !counting {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-s.wake:
		}
	}
}

// countTime is how long a search continues only to count seeders and leechers.
const countTime = 4 * time.Second
