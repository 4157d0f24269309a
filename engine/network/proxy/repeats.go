package proxy

import (
	"context"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// repeatTime is how long after its answer an announce that is said again is taken for the same one.
const repeatTime = 5 * time.Second

// maxRepeats bounds the answers held for repeats.
const maxRepeats = 256

// said is what makes two announces the same: clients send one for each address of theirs, mostly within 1 ms, and
// the copies may differ in other bytes (a tracker id just learned).
type said struct {
	key      ledger.Key
	tracker  bittorrent.TrackerID // really asked: a redirect leads to another one
	event    bittorrent.Event
	counters bittorrent.Counters
}

// first is an announce whose repeats share its answer. Nearly all are never repeated, so it is small.
type first struct {
	over  bool          // guarded by repeats.mu; what follows is set, and changes no more
	done  chan struct{} // guarded by repeats.mu; closed when it is over; nil while nobody waits
	raw   []byte        // what the client was sent; nil if it cannot be shared
	how   how
	until time.Time // of sharing
}

// how is how a telling went, as far as it holds for its repeats.
type how struct {
	outcome               exchange.Outcome
	problem               exchange.Problem
	status                int
	interval, minInterval time.Duration
	swarm                 bittorrent.Swarm

	detail, failure, warning string
}

func howOf(e *exchange.Entry) how {
	return how{e.Outcome, e.Problem, e.Status, e.Interval, e.MinInterval, e.Swarm, e.Detail, e.Failure, e.Warning}
}

// note writes it into a repeat's entry.
func (h *how) note(e *exchange.Entry) {
	e.Doubled, e.Status, e.Problem, e.Detail = true, h.status, h.problem, h.detail
	e.Interval, e.MinInterval, e.Swarm = h.interval, h.minInterval, h.swarm
	e.Failure, e.Warning = h.failure, h.warning
}

// repeats finds announces said twice. Safe for concurrent use.
type repeats struct {
	mu    sync.Mutex
	m     map[said]*first // guarded by mu
	ended []said          // guarded by mu; in the order of their ends
}

func newRepeats() *repeats { return &repeats{m: map[said]*first{}} }

// join gives the announce's first telling, and whether the caller is that: then it must call end. Others wait until
// done is closed, and not at all where it is nil.
func (r *repeats) join(id said, now time.Time) (f *first, done <-chan struct{}, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.m[id]
	switch {
	case !ok || f.over && !now.Before(f.until):
		f = &first{}
		r.m[id] = f
		return f, nil, true
	case f.over:
		return f, nil, false
	case f.done == nil:
		f.done = make(chan struct{})
	}
	return f, f.done, false
}

// end shares the answer: with those who wait now, and if it is the tracker's own with those who come within 5 s.
func (r *repeats) end(id said, f *first, q *question, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.over, f.raw, f.how = true, q.answer, howOf(&q.entry)
	if f.done != nil {
		close(f.done)
	}
	if !q.shared || q.answer == nil {
		if r.m[id] == f {
			delete(r.m, id)
		}
		return
	}
	f.until = now.Add(repeatTime)
	r.ended = append(r.ended, id)
	for len(r.ended) > 0 {
		oldest := r.m[r.ended[0]]
		if oldest != nil && oldest.over && now.Before(oldest.until) && len(r.ended) <= maxRepeats {
			break
		}
		if oldest != nil && oldest.over {
			delete(r.m, r.ended[0])
		}
		r.ended = r.ended[1:]
	}
}

// wait is the first one's answer; nil if there is none to share, or none in time.
func (f *first) wait(ctx context.Context, done <-chan struct{}, until time.Time) []byte {
	if done == nil {
		return f.raw
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case <-done:
		return f.raw
	case <-ctx.Done():
		return nil
	}
}
