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
	if !heard || !h.active(now) || t.Private || t.Size == 0 || !p.wishes().AnnounceClient || !p.Local() {
		return a, false
	}
	return dht.Announce{Port: h.port, Seed: h.seed}, true
}

// tell makes the user's client known at the end of a search, and again while the client shares the torrent.
func (p *Part) tell(ctx context.Context, r *run, v *search) {
	if !p.tellOnce(ctx, r, v) {
		return
	}
	p.searches.mu.Lock()
	again := v.telling
	v.telling = true
	p.searches.mu.Unlock()
	if again {
		return // another goroutine does
	}
	p.launch(r, func() {
		defer func() {
			p.searches.mu.Lock()
			v.telling = false
			p.searches.mu.Unlock()
			p.Changed()
		}()
		for {
			select {
			case <-r.ctx.Done():
				return
			case <-p.again():
			}
			if !p.tellOnce(r.ctx, r, v) {
				return
			}
		}
	})
}

// tellOnce makes the user's client known, and reports whether it is to be done again later.
func (p *Part) tellOnce(ctx context.Context, r *run, v *search) bool {
	a, ok := p.known(v.hash, time.Now())
	p.searches.mu.Lock()
	ok = ok && v.subject.known != swarm.Private
	p.searches.mu.Unlock()
	if !ok {
		return false
	}
	result, err := r.access.Node.Search(ctx, v.hash, a, dht.SearchOptions{})
	if err != nil {
		return false
	}
	p.searches.mu.Lock()
	v.change(func(w *swarmview.Search) { w.Announced = result.Announced })
	p.searches.mu.Unlock()
	p.Changed()
	return true
}
