package swarmask

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/swarm"
)

// How names are looked up without the user's request: one search at a time.
const (
	nameSettles = time.Minute    // after a torrent is new, so that its client can write its file
	nameAgain   = 24 * time.Hour // the shortest time until the same torrent is looked up again
	namesHourly = 20
)

// namer remembers when names of torrents were looked up. One goroutine at a time uses it.
type namer struct {
	tried  map[bittorrent.InfoHash]time.Time
	recent []time.Time // of lookups in the last hour
}

// wakeNamer makes findNames look for missing names.
func (p *Part) wakeNamer() {
	select {
	case p.nameless <- struct{}{}:
	default: // it is awake
	}
}

// findNames looks up the names of torrents that clients announce and that no folder names, if the user wants that.
func (p *Part) findNames(r *run) {
	wait := func(d time.Duration) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-r.ctx.Done():
			return false
		case <-timer.C:
			return true
		}
	}
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-p.nameless:
		}
		if !p.wishes().Names {
			continue
		}
		for wait(p.settle) {
			now := time.Now()
			if pause := p.namer.pause(now); pause > 0 && !wait(pause) {
				return
			}
			s, ok := p.nextNameless(time.Now())
			if !ok {
				break
			}
			p.namer.recent = append(p.namer.recent, time.Now())
			p.namer.tried[s.link.InfoHash] = time.Now()
			if v, ctx := p.prepare(r, s); ctx != nil {
				p.search(ctx, r, v, s, searchTime)
			}
		}
	}
}

// pause returns the time until another name may be looked up.
func (n *namer) pause(now time.Time) time.Duration {
	for len(n.recent) > 0 && now.Sub(n.recent[0]) >= time.Hour {
		n.recent = n.recent[1:]
	}
	if len(n.recent) < namesHourly {
		return 0
	}
	return n.recent[0].Add(time.Hour).Sub(now)
}

// nextNameless returns a torrent whose name may be looked up without the user's confirmation.
func (p *Part) nextNameless(now time.Time) (s *subject, ok bool) {
	if p.namer.tried == nil {
		p.namer.tried = map[bittorrent.InfoHash]time.Time{}
	}
	for h, at := range p.namer.tried {
		if now.Sub(at) >= nameAgain {
			delete(p.namer.tried, h)
		}
	}
	for _, hash := range p.clients.shared(now) {
		if _, tried := p.namer.tried[hash]; tried || p.Names.Lookup(hash).Name != "" {
			continue
		}
		s, err := ofLink(hash.String())
		s.automatic, s.unannounced = true, true
		p.refresh(s)
		if err == nil && p.verdict(s) == swarm.Allowed {
			return s, true
		}
	}
	return nil, false
}

// shared returns the torrents that clients share now, in no order.
func (c *clients) shared(now time.Time) (out []bittorrent.InfoHash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for hash, h := range c.torrents {
		if !h.stopped && now.Sub(h.at) < activeFor {
			out = append(out, hash)
		}
	}
	return out
}
