package engine

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/report"
)

// publishPause bounds how often snapshots are built: five a second.
const publishPause = 200 * time.Millisecond

// Subscription is a signal that something changed. Look at Engine.Snapshot after each.
type Subscription struct {
	changed chan struct{}
	p       *publisher
	once    sync.Once
}

// Changed has one slot: a signal missed costs nothing. It is closed by Close, and when the engine is closed.
func (s *Subscription) Changed() <-chan struct{} { return s.changed }

// Close ends the subscription. Closing twice is no fault.
func (s *Subscription) Close() { s.p.drop(s) }

func (s *Subscription) end() { s.once.Do(func() { close(s.changed) }) }

// publisher builds snapshots when something changed and somebody looks.
type publisher struct {
	build func() *Snapshot
	wake  chan struct{} // one slot
	dirty atomic.Bool
	last  atomic.Pointer[Snapshot]

	building sync.Mutex // one at a time, so that the newest is stored last

	mu     sync.Mutex
	subs   map[*Subscription]struct{} // guarded by mu
	closed bool                       // guarded by mu
}

func newPublisher(build func() *Snapshot) *publisher {
	return &publisher{build: build, wake: make(chan struct{}, 1), subs: map[*Subscription]struct{}{}}
}

// mark notes that the last snapshot is out of date. It never waits.
func (p *publisher) mark() {
	if p.dirty.Swap(true) {
		return // the publisher knows
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// run publishes until ctx ends, then once more, and ends all subscriptions.
func (p *publisher) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			p.signal()
			p.endAll()
			return
		case <-p.wake:
		}
		if !p.watched() {
			continue // stays dirty: Snapshot builds when asked, Subscribe wakes us
		}
		p.signal()
		select {
		case <-ctx.Done():
		case <-time.After(publishPause):
		}
	}
}

func (p *publisher) watched() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.subs) > 0
}

func (p *publisher) signal() {
	p.refresh()
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.subs {
		select {
		case s.changed <- struct{}{}:
		default: // it has not looked yet, and will see the newest
		}
	}
}

func (p *publisher) refresh() *Snapshot {
	p.building.Lock()
	defer p.building.Unlock()
	p.dirty.Store(false)
	s := p.build()
	p.last.Store(s)
	return s
}

// snapshot is the newest; built now if nobody had it built since something changed.
func (p *publisher) snapshot() *Snapshot {
	if s := p.last.Load(); s != nil && (!p.dirty.Load() || p.watched()) {
		return s
	}
	return p.refresh()
}

func (p *publisher) subscribe() *Subscription {
	s := &Subscription{changed: make(chan struct{}, 1), p: p}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		s.end()
		return s
	}
	p.subs[s] = struct{}{}
	s.changed <- struct{}{} // the first look is due at once
	p.dirty.Store(true)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return s
}

func (p *publisher) drop(s *Subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subs, s)
	s.end()
}

func (p *publisher) endAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for s := range p.subs {
		delete(p.subs, s)
		s.end()
	}
}

// Snapshot is the whole state now, immutable.
func (e *Engine) Snapshot() *Snapshot { return e.publish.snapshot() }

// Subscribe signals every change, at most five times a second, until it is closed.
func (e *Engine) Subscribe() *Subscription { return e.publish.subscribe() }

// build makes a snapshot.
func (e *Engine) build() *Snapshot {
	now := time.Now()
	s := &Snapshot{At: now, Delivery: e.delivery.Load(), HTTPS: e.https()}
	e.mu.Lock()
	inForce := e.inForce()
	s.State, s.Addr, s.Factor = e.state, cmp.Or(e.addr, inForce.Listen), inForce.Multiplier
	s.Passthrough, s.SettingsFault = e.passthrough, e.fault
	s.Notices = append(s.Notices, e.notices...)
	s.Settings = e.published()
	own := s.Settings.TrackerRules()
	e.mu.Unlock()
	if trouble := e.trouble(); trouble != nil {
		s.Trouble = Trouble{TroubleDisk, trouble.Error()}
		if s.State == On {
			s.State = Degraded
		}
	}
	_, s.Seq = e.activity.Bounds()
	s.Names = e.names.Changes()
	s.Totals = e.reporter.Totals()
	s.Day = e.reporter.Day(now)
	s.Databases = e.watcher.Databases()
	s.Swarm = e.swarm.Status()
	waiting := e.addWaiting(s)
	e.rows.update(e, s.At, s.Names, waiting)
	s.Torrents, s.Trackers, s.Hashes = e.rows.rows, e.rows.trackers(e, own), len(e.rows.hashes)
	return s
}

// published is a copy of the settings that nobody changes, made once for all snapshots that show the same ones; the
// caller holds mu.
func (e *Engine) published() *Settings {
	if e.shared == nil {
		s := e.settings.Clone()
		e.shared = &s
	}
	return e.shared
}

// addWaiting lists the pending announces, and counts them by the ID of their torrent on its tracker.
func (e *Engine) addWaiting(s *Snapshot) map[string]int {
	all := e.spool.All()
	if len(all) == 0 {
		return nil
	}
	var last []Kept
	if l := e.publish.last.Load(); l != nil {
		last = l.Waiting
	}
	waiting, tries := make(map[string]int, len(all)), map[string]time.Time{}
	s.Waiting = make([]Kept, 0, len(all))
	for i := range all {
		k := &all[i]
		next, known := tries[k.Scheme+k.Host]
		if !known {
			next, _ = e.health.Next(k.HealthKey())
			tries[k.Scheme+k.Host] = next
		}
		if t := k.Earliest(); t.After(next) {
			next = t
		}
		for len(last) > 0 && last[0].ID < k.ID {
			last = last[1:]
		}
		var torrent string
		if len(last) > 0 && last[0].ID == k.ID {
			torrent = last[0].torrent
		} else {
			torrent = report.TorrentID(k.Host, k.Key.InfoHash)
		}
		waiting[torrent]++
		s.Waiting = append(s.Waiting, Kept{
			ID: k.ID, torrent: torrent, InfoHash: k.Key.InfoHash, Name: e.names.Lookup(k.Key.InfoHash).Name, Tracker: k.Host, Event: k.Event, Reported: k.Reported, Since: k.Since,
			NextTry: next, Tries: k.Tries, Problem: k.Problem,
		})
	}
	return waiting
}
