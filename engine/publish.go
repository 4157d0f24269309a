package engine

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
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
	s.AtOne = e.atOne
	s.Notices = append(s.Notices, e.notices...)
	own := e.trackerFactors()
	e.mu.Unlock()
	if trouble := e.trouble(); trouble != nil {
		s.Trouble = Trouble{TroubleDisk, trouble.Error()}
		if s.State == On {
			s.State = Degraded
		}
	}
	_, s.Seq = e.activity.Bounds()
	s.Names = e.names.Changes()
	s.Totals.Seen, s.Totals.Reported = e.reporter.Totals()
	s.Day = e.reporter.Day(now)
	waiting := e.addWaiting(s)
	e.addTorrents(s, waiting, own)
	return s
}

// addWaiting lists what is kept, and counts it by session.
func (e *Engine) addWaiting(s *Snapshot) map[string]int {
	waiting := map[string]int{}
	for _, k := range e.spool.All() {
		next, _ := e.health.Next(k.Line())
		if t := k.Earliest(); t.After(next) {
			next = t
		}
		id := report.SessionID(k.Key)
		waiting[id]++
		s.Waiting = append(s.Waiting, Kept{
			ID: k.ID, InfoHash: k.Key.InfoHash, Tracker: k.Host, Event: k.Event, Reported: k.Figure, Since: k.Since,
			NextTry: next, Tries: k.Tries, Problem: k.Problem,
		})
	}
	return waiting
}

func (e *Engine) addTorrents(s *Snapshot, waiting map[string]int, own map[string]Factor) {
	if last := e.publish.last.Load(); last != nil {
		s.Torrents = make([]Torrent, 0, len(last.Torrents)+16)
	}
	hosts := map[string]int{}
	e.reporter.Each(inSight(s.At), func(v *report.Session) {
		s.Torrents = append(s.Torrents, Torrent{
			ID: v.ID, InfoHash: v.InfoHash, Own: v.Own, Points: v.Points, Tracker: v.Host, Client: v.Client, Event: v.Event,
			Seen: v.Seen, Reported: v.Reported, Left: v.Left, Factor: v.Factor, Swarm: v.Status.Swarm,
			First: time.UnixMilli(v.First), Last: time.UnixMilli(v.Last),
			Outcome: v.Status.Outcome, Answered: v.Status.Answered, Failure: v.Status.Failure, Warning: v.Status.Warning,
			Problem: v.Status.Problem, Waiting: waiting[v.ID], Reason: v.Status.Reason, Status: v.Status.HTTP,
		})
		t := &s.Torrents[len(s.Torrents)-1]
		if v.Status.Interval > 0 && v.Event != bittorrent.EventStopped {
			t.Next = v.Status.At.Add(v.Status.Interval)
		}
		if _, met := hosts[v.Host]; !met {
			hosts[v.Host] = len(hosts)
		}
	})
	s.Trackers = make([]Tracker, len(hosts))
	for host, at := range hosts {
		s.Trackers[at] = e.tracker(host, own[host])
	}
	for i := range s.Torrents { // the ledger is free for announces meanwhile
		t := &s.Torrents[i]
		known := e.names.Lookup(t.InfoHash)
		t.Name, t.Size, t.Private = known.Name, known.Size, known.Private
		s.Trackers[hosts[t.Tracker]].Sessions++
	}
}

func (e *Engine) tracker(host string, own Factor) Tracker {
	t := Tracker{Host: host, Own: own}
	for _, scheme := range []string{"udp", "https", "http"} { // what is away by one way counts
		if h, ok := e.health.State(bittorrent.Line(scheme, host)); ok && (h.Away || !t.Away) {
			t.Away, t.Since, t.Problem, t.NextTry = h.Away, h.Since, h.Problem, h.Next
		}
	}
	return t
}

// How long a session that ended, and one that just went silent, stay in sight; the ledger keeps both.
const (
	endedInSight  = 24 * time.Hour
	silentInSight = 7 * 24 * time.Hour
)

func inSight(now time.Time) func(*ledger.Session) bool {
	ended, silent := now.Add(-endedInSight).UnixMilli(), now.Add(-silentInSight).UnixMilli()
	return func(s *ledger.Session) bool {
		return s.Last >= ended || s.Last >= silent && !isStopped(s)
	}
}

func isStopped(s *ledger.Session) bool { return s.Event == bittorrent.EventStopped }
