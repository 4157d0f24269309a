package swarmask

import (
	"context"
	"math/rand/v2"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
	"bittoratio/engine/swarmview"
)

// The user's client is announced to the DHT at a random time between the two.
const (
	announceSoonest = 15 * time.Minute
	announceLatest  = 25 * time.Minute
)

// nextAnnounce returns the time until the user's client is announced again.
func nextAnnounce() time.Duration { return announceSoonest + rand.N(announceLatest-announceSoonest) }

// known returns what to announce for a torrent now: the user's own client, if it shares the torrent at this moment and
// is on this computer. ok is false for a torrent that is or may be private, and if the user does not want announces.
// This program never announces itself, because it shares nothing.
func (p *Part) known(hash bittorrent.InfoHash, now time.Time) (a dht.Announce, ok bool) {
	t := p.Names.Lookup(hash)
	h, known := p.clients.of(hash)
	wishes := p.wishes()
	if !known || !h.active(now) || t.Private || t.Size == 0 || !wishes.Enabled || !wishes.AnnounceClient || !p.Local() {
		return a, false
	}
	return dht.Announce{Port: h.port, Seed: h.seed}, true
}

// announcer announces the user's client to the DHT for one torrent.
type announcer struct {
	search *search // the search that it follows
	ctx    context.Context
	stop   context.CancelFunc
	over   chan struct{} // closed when it sends nothing more
}

// newAnnouncer returns the announcer for a search that has ended, and stops an earlier one for the same torrent. It
// returns nil if the search is no longer on the list. The caller must call [Part.announce] next. mu is held.
func (l *searches) newAnnouncer(ctx context.Context, v *search) *announcer {
	if l.find(v.id) != v {
		return nil
	}
	l.stopAnnouncer(v.hash)
	t := &announcer{search: v, over: make(chan struct{})}
	t.ctx, t.stop = context.WithCancel(ctx)
	if l.announcers == nil {
		l.announcers = map[bittorrent.InfoHash]*announcer{}
	}
	l.announcers[v.hash] = t
	return t
}

// stopAnnouncer ends the announcer of a torrent, and reports whether the torrent had one. mu is held.
func (l *searches) stopAnnouncer(hash bittorrent.InfoHash) bool {
	t := l.announcers[hash]
	if t == nil {
		return false
	}
	t.stop()
	delete(l.announcers, hash)
	return true
}

// stoppedAnnouncer is stopAnnouncer for callers that do not hold mu.
func (l *searches) stoppedAnnouncer(hash bittorrent.InfoHash) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopAnnouncer(hash)
}

// stopAnnouncers ends all announcers, and returns when none of them sends anything more.
func (l *searches) stopAnnouncers() {
	l.mu.Lock()
	all := l.announcers
	l.announcers = nil
	l.mu.Unlock()
	for _, t := range all {
		t.stop()
	}
	for _, t := range all {
		<-t.over
	}
}

// announce announces the user's client at the end of a search, and again while the client shares the torrent. It
// returns after the first time.
func (p *Part) announce(r *run, t *announcer) {
	again := p.announceOnce(r, t) && p.launch(r, func() {
		defer p.leave(t)
		for {
			select {
			case <-t.ctx.Done():
				return
			case <-p.again():
			}
			if !p.announceOnce(r, t) {
				return
			}
		}
	})
	if !again {
		p.leave(t)
	}
}

// leave removes an announcer that has ended.
func (p *Part) leave(t *announcer) {
	t.stop()
	p.searches.mu.Lock()
	if p.searches.announcers[t.search.hash] == t { // otherwise it was stopped
		delete(p.searches.announcers, t.search.hash)
	}
	p.searches.mu.Unlock()
	close(t.over)
	p.Changed()
}

// announceOnce announces the user's client, and reports whether to do it again later.
func (p *Part) announceOnce(r *run, t *announcer) bool {
	v := t.search
	a, ok := p.known(v.hash, time.Now())
	p.searches.mu.Lock()
	ok = ok && v.subject.known != swarm.Private
	p.searches.mu.Unlock()
	if !ok {
		return false
	}
	result, err := r.access.Node.Search(t.ctx, v.hash, a, &dht.SearchOptions{})
	if err != nil {
		return false
	}
	p.searches.mu.Lock()
	v.change(func(w *swarmview.Search) { w.Announced = result.Announced })
	p.searches.mu.Unlock()
	p.Changed()
	return true
}
