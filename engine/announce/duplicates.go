package announce

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// duplicateTime is how long after an announce's answer the same announce counts as its duplicate. maxDuplicates limits
// how many answers are kept for that.
const (
	duplicateTime = 5 * time.Second
	maxDuplicates = 256
)

var identitySeed = maphash.MakeSeed()

// Hash computes an order's Identity: a number from the bytes that identify an announce. It is equal for duplicates; for
// others it differs, except with a probability of 2^-64. The zero value is ready.
type Hash struct {
	h     maphash.Hash
	begun bool
}

// Add adds one part.
func (h *Hash) Add(part []byte) {
	if !h.begun {
		h.h.SetSeed(identitySeed)
		h.begun = true
	}
	_, _ = h.h.Write(part)
	_ = h.h.WriteByte(0)
}

// Sum returns the number.
func (h *Hash) Sum() uint64 { return h.h.Sum64() }

// flight is one announce and its duplicates. Hardly any announce has duplicates, so it is small.
type flight struct {
	identity uint64
	over     bool          // guarded by duplicates.mu; the fields below are set, and do not change any more
	done     chan struct{} // guarded by duplicates.mu; closed when the flight is over; nil while it has no duplicates
	raw      []byte        // what the client received; nil if it cannot be shared
	result   *result       // for a flight that has duplicates or is shared
	until    time.Time     // the end of sharing
}

// result is the part of a finished exchange that its duplicates share.
type result struct {
	outcome exchange.Outcome
	entry   exchange.Entry
}

// note writes the result into a duplicate's entry.
func (r *result) note(e *exchange.Entry) {
	e.Duplicate, e.Status, e.Problem, e.Detail = true, r.entry.Status, r.entry.Problem, r.entry.Detail
	e.Interval, e.MinInterval, e.Swarm = r.entry.Interval, r.entry.MinInterval, r.entry.Swarm
	e.Failure, e.Warning = r.entry.Failure, r.entry.Warning
}

// duplicates finds announces that a client sends twice: the same bytes while the first is in flight or within 5 s of
// its answer, with nothing else of the session in between. It is safe for concurrent use.
type duplicates struct {
	mu    sync.Mutex
	last  map[ledger.Key]*flight // guarded by mu; the newest of each session
	ended []landed               // guarded by mu; those that are shared, in the order in which they ended
}

type landed struct {
	session ledger.Key
	flight  *flight
}

func newDuplicates() *duplicates { return &duplicates{last: map[ledger.Key]*flight{}} }

// join returns the flight of an announce, and whether it is the caller's own: then the caller must call end. A
// duplicate waits until done is closed; if done is nil, the flight has ended.
func (d *duplicates) join(k ledger.Key, identity uint64, now time.Time) (f *flight, done <-chan struct{}, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.last[k]
	switch {
	case !ok || f.identity != identity || f.over && !now.Before(f.until):
		f = &flight{identity: identity}
		d.last[k] = f
		return f, nil, true
	case f.over:
		return f, nil, false
	case f.done == nil:
		f.done = make(chan struct{})
	}
	return f, f.done, false
}

// end gives raw to the duplicates that wait now and, if shared is true, to those that arrive within 5 s.
func (d *duplicates) end(k ledger.Key, f *flight, raw []byte, e *exchange.Entry, shared bool, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.over, f.raw = true, raw
	if raw != nil && (f.done != nil || shared) {
		f.result = &result{e.Outcome, *e}
	}
	if f.done != nil {
		close(f.done)
	}
	if !shared || raw == nil {
		if d.last[k] == f {
			delete(d.last, k)
		}
		return
	}
	f.until = now.Add(duplicateTime)
	d.ended = append(d.ended, landed{k, f})
	for len(d.ended) > 0 {
		oldest := d.ended[0]
		if now.Before(oldest.flight.until) && len(d.ended) <= maxDuplicates {
			break
		}
		if d.last[oldest.session] == oldest.flight {
			delete(d.last, oldest.session)
		}
		d.ended = d.ended[1:]
	}
}

// wait returns the first one's answer; nil if there is none to share, or if it is not in time.
func (f *flight) wait(ctx context.Context, done <-chan struct{}, until time.Time) []byte {
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
