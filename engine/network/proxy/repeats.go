package proxy

import (
	"context"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/activity"
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

// first is an announce whose repeats share its answer.
type first struct {
	done  chan struct{}  // closed when what follows is set
	raw   []byte         // what the client was sent; nil if it cannot be shared
	entry activity.Entry // how the first telling went
	until time.Time      // of sharing
}

// repeats finds announces said twice. Safe for concurrent use.
type repeats struct {
	mu    sync.Mutex
	m     map[said]*first // guarded by mu
	ended []said          // guarded by mu; in the order of their ends
}

func newRepeats() *repeats { return &repeats{m: map[said]*first{}} }

// join gives the announce's first telling, and whether the caller is that: then it must call end.
func (r *repeats) join(id said, now time.Time) (f *first, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.m[id]; ok && (f.until.IsZero() || now.Before(f.until)) {
		return f, false
	}
	f = &first{done: make(chan struct{})}
	r.m[id] = f
	return f, true
}

// end shares the answer: with those who wait now, and if it is the tracker's own with those who come within 5 s.
func (r *repeats) end(id said, f *first, q *question, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.raw, f.entry = q.answer, q.entry
	close(f.done)
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
		if oldest != nil && !oldest.until.IsZero() && now.Before(oldest.until) && len(r.ended) <= maxRepeats {
			break
		}
		if oldest != nil && !oldest.until.IsZero() {
			delete(r.m, r.ended[0])
		}
		r.ended = r.ended[1:]
	}
}

// wait is the first one's answer; nil if there is none to share, or none in time.
func (f *first) wait(ctx context.Context, until time.Time) []byte {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case <-f.done:
		return f.raw
	case <-ctx.Done():
		return nil
	}
}
