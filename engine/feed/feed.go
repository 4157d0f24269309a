// Package feed publishes the newest state of something that changes often: at most five times a second, and only while
// there are subscribers.
package feed

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// pause is the shortest time between two states: five a second.
const pause = 200 * time.Millisecond

// Publisher builds an immutable S after a change if it has subscribers. It is safe for concurrent use.
type Publisher[S any] struct {
	build func() *S
	wake  chan struct{} // one slot
	dirty atomic.Bool
	last  atomic.Pointer[S]

	building sync.Mutex // held while a state is built, so that the newest is stored last

	watchers watchers
}

// watchers are the subscriptions.
type watchers struct {
	mu     sync.Mutex
	subs   map[*Subscription]struct{} // guarded by mu
	closed bool                       // guarded by mu
}

// Subscription signals that something changed. Read [Publisher.Newest] after each signal.
type Subscription struct {
	changed chan struct{}
	of      *watchers
	once    sync.Once
}

// New returns a publisher of what build returns. Run publishes.
func New[S any](build func() *S) *Publisher[S] {
	return &Publisher[S]{build: build, wake: make(chan struct{}, 1), watchers: watchers{subs: map[*Subscription]struct{}{}}}
}

// Mark records that the last state is out of date. It never waits.
func (p *Publisher[S]) Mark() {
	if p.dirty.Swap(true) {
		return // Run knows already
	}
	p.rouse()
}

func (p *Publisher[S]) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends, then once more, and ends all subscriptions.
func (p *Publisher[S]) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			p.Refresh()
			p.watchers.signal()
			p.watchers.end()
			return
		case <-p.wake:
		}
		if !p.Watched() {
			continue // stays dirty: Newest builds on request, Subscribe wakes Run
		}
		p.Refresh()
		p.watchers.signal()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Refresh builds the state now and returns it.
func (p *Publisher[S]) Refresh() *S {
	p.building.Lock()
	defer p.building.Unlock()
	p.dirty.Store(false)
	s := p.build()
	p.last.Store(s)
	return s
}

// Newest returns the newest state. While there are subscribers, Run builds it. Without any, Newest builds it here, if
// something has changed.
func (p *Publisher[S]) Newest() *S {
	if s := p.last.Load(); s != nil && (!p.dirty.Load() || p.Watched()) {
		return s
	}
	return p.Refresh()
}

// Last returns the last state that was built, which may be out of date; nil if there is none.
func (p *Publisher[S]) Last() *S { return p.last.Load() }

// Watched reports whether there is a subscription.
func (p *Publisher[S]) Watched() bool {
	p.watchers.mu.Lock()
	defer p.watchers.mu.Unlock()
	return len(p.watchers.subs) > 0
}

// Subscribe returns a subscription, which signals every change until it is closed.
func (p *Publisher[S]) Subscribe() *Subscription {
	s, live := p.watchers.add()
	if live {
		p.dirty.Store(true)
		p.rouse()
	}
	return s
}

// Changed returns the channel of the signals. It has one slot, so several changes may cause one signal. Close closes
// it, and so does the end of the publisher.
func (s *Subscription) Changed() <-chan struct{} { return s.changed }

// Close ends the subscription. A second Close does nothing.
func (s *Subscription) Close() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	delete(s.of.subs, s)
	s.end()
}

func (s *Subscription) end() { s.once.Do(func() { close(s.changed) }) }

// add makes a subscription that is signalled at once; live is false if the publisher has ended.
func (w *watchers) add() (s *Subscription, live bool) {
	s = &Subscription{changed: make(chan struct{}, 1), of: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		s.end()
		return s, false
	}
	w.subs[s] = struct{}{}
	s.changed <- struct{}{}
	return s, true
}

func (w *watchers) signal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.subs {
		select {
		case s.changed <- struct{}{}:
		default: // it has not read the last signal, and will read the newest state
		}
	}
}

func (w *watchers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for s := range w.subs {
		delete(w.subs, s)
		s.end()
	}
}
