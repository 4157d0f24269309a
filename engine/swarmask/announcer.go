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

// How often the user's client is made known: at a moment between the two.
const (
	tellSoonest = 15 * time.Minute
	tellLatest  = 25 * time.Minute
)

// tellAgain returns how long it is until the user's client is made known again.
func tellAgain() time.Duration { return tellSoonest + rand.N(tellLatest-tellSoonest) }

// known returns whom to make known for a torrent now: the user's own client, which shares it at this moment and is on this
// computer. Nobody is made known for a torrent that is private, or of which that is not known, nor where the user does
// not want it. This program itself never is: it has nothing to give.
func (p *Part) known(hash bittorrent.InfoHash, now time.Time) (a dht.Announce, ok bool) {
	t := p.Names.Lookup(hash)
	h, heard := p.clients.of(hash)
	wishes := p.wishes()
	if !heard || !h.active(now) || t.Private || t.Size == 0 || !wishes.Enabled || !wishes.AnnounceClient || !p.Local() {
		return a, false
	}
	return dht.Announce{Port: h.port, Seed: h.seed}, true
}

// teller makes the user's client known for one torrent.
type teller struct {
	search *search // that it follows
	ctx    context.Context
	stop   context.CancelFunc
	over   chan struct{} // closed when it sends nothing more
}

// hire returns a new teller for a search that has ended, in the place of an earlier one for the same torrent; nil if the
// search is no longer on the list. [Part.tell] has to follow. mu is held.
func (l *searches) hire(ctx context.Context, v *search) *teller {
	if l.find(v.id) != v {
		return nil
	}
	l.dismiss(v.hash)
	t := &teller{search: v, over: make(chan struct{})}
	t.ctx, t.stop = context.WithCancel(ctx)
	if l.tellers == nil {
		l.tellers = map[bittorrent.InfoHash]*teller{}
	}
	l.tellers[v.hash] = t
	return t
}

// dismiss ends the teller of a torrent, and reports whether there was one. mu is held.
func (l *searches) dismiss(hash bittorrent.InfoHash) bool {
	t := l.tellers[hash]
	if t == nil {
		return false
	}
	t.stop()
	delete(l.tellers, hash)
	return true
}

// dismissed is dismiss where mu is not held.
func (l *searches) dismissed(hash bittorrent.InfoHash) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dismiss(hash)
}

// dismissAll ends all tellers, and returns when they send nothing more.
func (l *searches) dismissAll() {
	l.mu.Lock()
	all := l.tellers
	l.tellers = nil
	l.mu.Unlock()
	for _, t := range all {
		t.stop()
	}
	for _, t := range all {
		<-t.over
	}
}

// tell makes the user's client known at the end of a search, and again while the client shares the torrent. It returns
// after the first time.
func (p *Part) tell(r *run, t *teller) {
	again := p.tellOnce(r, t) && p.launch(r, func() {
		defer p.leave(t)
		for {
			select {
			case <-t.ctx.Done():
				return
			case <-p.again():
			}
			if !p.tellOnce(r, t) {
				return
			}
		}
	})
	if !again {
		p.leave(t)
	}
}

// leave takes a teller off the list that sends nothing more.
func (p *Part) leave(t *teller) {
	t.stop()
	p.searches.mu.Lock()
	if p.searches.tellers[t.search.hash] == t { // else it was dismissed
		delete(p.searches.tellers, t.search.hash)
	}
	p.searches.mu.Unlock()
	close(t.over)
	p.Changed()
}

// tellOnce makes the user's client known, and reports whether it is to be done again later.
func (p *Part) tellOnce(r *run, t *teller) bool {
	v := t.search
	a, ok := p.known(v.hash, time.Now())
	p.searches.mu.Lock()
	ok = ok && v.subject.known != swarm.Private
	p.searches.mu.Unlock()
	if !ok {
		return false
	}
	result, err := r.access.Node.Search(t.ctx, v.hash, a, dht.SearchOptions{})
	if err != nil {
		return false
	}
	p.searches.mu.Lock()
	v.change(func(w *swarmview.Search) { w.Announced = result.Announced })
	p.searches.mu.Unlock()
	p.Changed()
	return true
}
