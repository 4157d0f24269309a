package outage

import (
	"context"
	"sync"

	"bittoratio/engine/report/ledger"
)

// Turns lets one request of a session be on its way at a time, so that a tracker hears them in the order they were
// said. Safe for concurrent use.
type Turns struct {
	mu    sync.Mutex
	taken map[ledger.Key]chan struct{} // guarded by mu; closed and removed at release; nil while nobody waits
}

// NewTurns has every turn free.
func NewTurns() *Turns { return &Turns{taken: map[ledger.Key]chan struct{}{}} }

// Take waits for the session's turn; false if ctx ended first.
func (t *Turns) Take(ctx context.Context, k ledger.Key) bool {
	for {
		t.mu.Lock()
		wait, busy := t.taken[k]
		if !busy {
			t.taken[k] = nil
			t.mu.Unlock()
			return true
		}
		if wait == nil {
			wait = make(chan struct{})
			t.taken[k] = wait
		}
		t.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return false
		}
	}
}

// TryTake is Take without waiting.
func (t *Turns) TryTake(k ledger.Key) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, busy := t.taken[k]; busy {
		return false
	}
	t.taken[k] = nil
	return true
}

// Release gives the turn back.
func (t *Turns) Release(k ledger.Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.taken[k]; wait != nil {
		close(wait)
	}
	delete(t.taken, k)
}
