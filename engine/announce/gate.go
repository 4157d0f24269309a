package announce

import (
	"context"
	"slices"
	"sync"
)

// Gate lets at most n holders per key in, first come, first served. A place that becomes free goes to the one that has
// waited longest; a newcomer never overtakes it. It is safe for concurrent use.
type Gate[K comparable] struct {
	places int

	mu    sync.Mutex
	lines map[K]line // guarded by mu; only keys with a holder
}

// line has the holders and the waiters of one key.
type line struct {
	holders int
	waiting []chan struct{} // longest waiting first; closed when it gets its place
}

// NewGate returns a gate with this many places for each key.
func NewGate[K comparable](places int) *Gate[K] {
	return &Gate[K]{places: places, lines: map[K]line{}}
}

// Ticket is a position in the line of a key, from [Gate.Join]. The zero Ticket is a place that was free.
type Ticket struct{ turn chan struct{} }

// Join takes a place, or the last position in the line, and returns at once. The caller must call [Gate.Wait] with the
// ticket.
func (g *Gate[K]) Join(k K) Ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.lines[k]
	var t Ticket
	if v.holders < g.places {
		v.holders++
	} else {
		t.turn = make(chan struct{})
		v.waiting = append(v.waiting, t.turn)
	}
	g.lines[k] = v
	return t
}

// Wait waits until it is the ticket's turn, and reports whether that has come; false means that ctx ended first. After
// true, the caller must call [Gate.Leave].
func (g *Gate[K]) Wait(ctx context.Context, k K, t Ticket) bool {
	if t.turn == nil {
		return true
	}
	select {
	case <-t.turn:
		return true
	default:
	}
	select {
	case <-t.turn:
		return true
	case <-ctx.Done():
		return !g.withdraw(k, t)
	}
}

// withdraw gives up a position in the line; it returns false if the place came at that moment.
func (g *Gate[K]) withdraw(k K, t Ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.lines[k]
	i := slices.Index(v.waiting, t.turn)
	if i < 0 {
		return false
	}
	v.waiting = slices.Delete(v.waiting, i, i+1)
	g.lines[k] = v
	return true
}

// Enter is Join and Wait.
func (g *Gate[K]) Enter(ctx context.Context, k K) bool { return g.Wait(ctx, k, g.Join(k)) }

// TryEnter takes a place without waiting, and reports whether one was free.
func (g *Gate[K]) TryEnter(k K) bool { return g.TryEnterBelow(k, g.places) }

// TryEnterBelow is TryEnter, but succeeds only if the key has fewer than most holders.
func (g *Gate[K]) TryEnterBelow(k K, most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.lines[k]
	if v.holders >= min(most, g.places) {
		return false
	}
	v.holders++
	g.lines[k] = v
	return true
}

// Leave frees a place.
func (g *Gate[K]) Leave(k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.lines[k]
	if len(v.waiting) > 0 {
		close(v.waiting[0])
		v.waiting = v.waiting[1:]
	} else if v.holders--; v.holders == 0 {
		delete(g.lines, k)
		return
	}
	g.lines[k] = v
}
