package announce

import (
	"context"
	"errors"
	"sync"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

const (
	perHost      = 4                // deliveries to one tracker at a time
	deliveryTime = 25 * time.Second // of one delivery
	drainTime    = 5 * time.Second  // for deliveries in flight when Run ends
	ResendDelay  = 30 * time.Second // trackers refuse the same event if it comes sooner
)

// Result is how a delivery ended.
type Result struct {
	Delivered      bool             // the tracker has received it, or has refused it for good
	Problem        exchange.Problem // otherwise: the reason
	Reached        bool             // the tracker answered, but not as a tracker should
	Earliest       time.Duration    // if it was delivered: until the tracker accepts the next plain announce
	Page           bool             // the answer is a web page, not a tracker's
	MayHaveArrived bool             // bytes were sent before it failed
	RetryIn        time.Duration    // the tracker asked for a pause of only this announce (BEP 31); 0 if it did not
}

// Send delivers one announce, and records the result.
type Send func(ctx context.Context, k Pending) Result

// Deliverer delivers each pending announce as soon as its tracker answers again.
type Deliverer struct {
	spool  *Spool
	health *Health
	turns  *Gate[ledger.Key]
	send   Send
	gaveUp func(Pending)
	noted  func()
	late   late
	places *Gate[string] // for deliveries to one tracker, by its health key
}

// NewDeliverer returns a deliverer that delivers with send. gaveUp is called with entries older than [GiveUpAfter], and
// noted after spool and health have the result of a delivery.
func NewDeliverer(spool *Spool, health *Health, turns *Gate[ledger.Key], send Send, gaveUp func(Pending), noted func()) *Deliverer {
	return &Deliverer{spool: spool, health: health, turns: turns, send: send, gaveUp: gaveUp, noted: noted, places: NewGate[string](perHost)}
}

// Run delivers until ctx ends, and then gives deliveries in flight 5 s to end, because an announce that is cut off may
// have arrived. While nothing is pending it uses no timer.
func (c *Deliverer) Run(ctx context.Context) {
	deliveries, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var wg sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			late := time.AfterFunc(drainTime, cut)
			defer late.Stop()
			wg.Wait()
			return
		case <-timer.C:
		case <-c.spool.wake:
		}
		if ctx.Err() != nil {
			continue
		}
		if next, ok := c.round(ctx, deliveries, &wg, time.Now()); ok {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
	}
}

// round starts every delivery that is due, and returns when the next one will be; ok is false if only [Spool.Wake] can
// make one due. None begins after running has ended; those in flight end with deliveries.
func (c *Deliverer) round(running, deliveries context.Context, wg *sync.WaitGroup, now time.Time) (next time.Time, ok bool) {
	soonest := func(t time.Time) {
		if !ok || t.Before(next) {
			next, ok = t, true
		}
	}
	queues := map[string]*queue{}
	for _, k := range c.spool.fronts() {
		if now.Sub(k.DecidedAt) > GiveUpAfter {
			c.spool.Remove(k.ID)
			c.gaveUp(k)
			soonest(now) // for those that follow it
			continue
		}
		key := k.HealthKey()
		at, probe := c.health.Next(key)
		if e := k.Earliest(); e.After(at) {
			at = e
		}
		if at.After(now) {
			soonest(at)
			continue
		}
		if !c.turns.TryEnter(k.Key) {
			soonest(now.Add(time.Second))
			continue
		}
		c.turns.Leave(k.Key) // the delivery enters again
		q := queues[key]
		if q == nil {
			q = &queue{key: key, probe: probe}
			queues[key] = q
		}
		q.add(k)
	}
	for _, q := range queues {
		most := perHost
		if q.probe {
			most = 1
		}
		for range min(most, len(q.left)) {
			if !c.places.TryEnterBelow(q.key, most) {
				break // the end of a delivery wakes Run
			}
			wg.Go(func() {
				defer c.leave(q.key)
				c.work(running, deliveries, q)
			})
		}
	}
	return next, ok
}

// queue has the announces that are due at one tracker. Its deliveries take them from there, so that none of them
// searches the whole spool.
type queue struct {
	key   string
	probe bool // the tracker fails: the first delivery is a probe, and no other one follows

	mu   sync.Mutex
	left []Pending // guarded by mu once work has begun
}

func (q *queue) add(k Pending) { q.left = append(q.left, k) }

func (q *queue) take() (k Pending, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.left) == 0 {
		return k, false
	}
	k = q.left[0]
	q.left = q.left[1:]
	return k, true
}

// work delivers the announces of a queue until the tracker fails or asks for a pause. The caller has entered the
// tracker's gate.
func (c *Deliverer) work(running, deliveries context.Context, q *queue) {
	for running.Err() == nil && (q.probe || !c.refuses(q.key)) {
		k, ok := q.take()
		if !ok {
			return
		}
		if !c.turns.TryEnter(k.Key) {
			continue // its session has an exchange in flight: the next round tries again
		}
		went := c.deliverDue(deliveries, q, k)
		c.turns.Leave(k.Key)
		if went && q.probe {
			return
		}
	}
}

// refuses reports whether nothing more may be sent to a tracker for now: it fails, or has asked for a pause.
func (c *Deliverer) refuses(key string) bool {
	s, sick := c.health.State(key)
	return c.health.Held(key, time.Now()) || sick && (s.Away || s.Dials > 0)
}

// deliverDue delivers one entry if it is still due, and reports whether anything was sent. The caller has the session's
// turn.
func (c *Deliverer) deliverDue(ctx context.Context, q *queue, k Pending) bool {
	now := time.Now()
	if at, first, ok := c.spool.current(k.ID); !ok || !first || at.Earliest().After(now) {
		return false
	}
	if q.probe {
		c.health.Probe(q.key, now)
	}
	dctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	if d := c.deliver(dctx, k.ID); d.Delivered && d.Earliest > 0 {
		now := time.Now()
		c.late.note(k.Key, delivered{k.Event, k.Seen, now.Add(d.Earliest)}, now)
	}
	return true
}

// leave frees a place at a tracker, and wakes Run, in case another delivery waits for one.
func (c *Deliverer) leave(key string) {
	c.places.Leave(key)
	c.spool.signal()
}

// Deliver sends one entry and records the result; the caller has the session's turn. If the result is Delivered, the
// entry no longer precedes the next one.
func (c *Deliverer) Deliver(ctx context.Context, id uint64) Result {
	k, _, ok := c.spool.current(id)
	if !ok {
		return Result{Delivered: true}
	}
	if !c.places.Enter(ctx, k.HealthKey()) {
		return Result{Problem: exchange.ProblemTimeout}
	}
	defer c.leave(k.HealthKey())
	return c.deliver(ctx, id)
}

// pagePauses are the pauses after answers to an event that did not come from a tracker, such as the page of a captive
// portal. After the last one the event is dropped.
var pagePauses = []time.Duration{30 * time.Second, 5 * time.Minute, time.Hour, 6 * time.Hour}

// deliver is Deliver for callers that have also entered the tracker's gate.
func (c *Deliverer) deliver(ctx context.Context, id uint64) Result {
	k, first, ok := c.spool.current(id)
	if !ok || !first {
		return Result{Delivered: !ok}
	}
	d := c.send(ctx, k)
	defer c.noted()
	now := time.Now()
	if d.Delivered {
		c.answered(k.HealthKey(), now)
		c.spool.Remove(id)
		return d
	}
	var again time.Time
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		// The program is stopping, so this does not count against the tracker.
		if d.MayHaveArrived {
			again = now.Add(ResendDelay)
		}
	case d.Page && k.Again.After(now): // sent early, before a live announce: that does not count as one of its tries
		c.answered(k.HealthKey(), now)
		again, d.Page = k.Again, false
	case d.Page:
		c.answered(k.HealthKey(), now)
		if k.Pages >= len(pagePauses) {
			c.spool.Remove(id)
			c.gaveUp(k)
			return d
		}
		again = now.Add(pagePauses[k.Pages])
	case d.Reached:
		// The tracker answers, so other announces may be tried; this one waits, because the cause may be this announce
		// alone.
		c.answered(k.HealthKey(), now)
		again = now.Add(max(pause(k.Tries, maxPause), min(d.RetryIn, latestAgain)))
	case d.Problem.Forbidden(): // it was not dialled, which does not count against the tracker
		again = now.Add(pause(k.Tries, maxPause))
	case !d.MayHaveArrived:
		c.health.FailedDial(k.HealthKey(), d.Problem, now)
	case d.Problem == exchange.ProblemTimeout:
		c.health.Silent(k.HealthKey(), k.Key.InfoHash, now)
		again = now.Add(ResendDelay)
	default: // the connection broke, perhaps only because of this torrent
		again = now.Add(pause(k.Tries, maxPause))
	}
	c.spool.RecordFailure(id, d, again)
	return d
}

// answered records that a tracker has answered something, so the announces that are pending there may be tried again.
func (c *Deliverer) answered(key string, now time.Time) {
	c.spool.Answered(key, c.health.MarkUp(key, now), now)
}

// Flush delivers all it can before ctx ends, several sessions at a time and each in order. After each delivery it calls
// progress with the numbers. It ignores its own pauses, but obeys a tracker's (Retry-After, retry in, min interval); a
// tracker that fails once is not tried again.
func (c *Deliverer) Flush(ctx context.Context, progress func(delivered, left int)) {
	bySession := map[ledger.Key][]Pending{}
	var order []ledger.Key
	now := time.Now()
	for _, k := range c.spool.All() {
		if c.health.Held(k.HealthKey(), now) || k.Plain() && k.Due.After(now) || k.Asked && k.Again.After(now) {
			continue
		}
		if bySession[k.Key] == nil {
			order = append(order, k.Key)
		}
		bySession[k.Key] = append(bySession[k.Key], k)
	}
	f := flush{Deliverer: c, failed: map[string]bool{}, progress: progress}
	sessions := NewGate[string](perHost) // more would only wait for the tracker, which may fail meanwhile
	var wg sync.WaitGroup
	for _, of := range order {
		session := bySession[of]
		key := session[0].HealthKey()
		ticket := sessions.Join(key)
		wg.Go(func() {
			if sessions.Wait(ctx, key, ticket) {
				defer sessions.Leave(key)
				f.session(ctx, session)
			}
		})
	}
	wg.Wait()
}

// flush is the state of one Flush.
type flush struct {
	*Deliverer
	progress func(delivered, left int)

	mu        sync.Mutex
	failed    map[string]bool // guarded by mu; by health key
	delivered int             // guarded by mu
}

// session delivers the pending announces of one session, in order, until a delivery fails.
func (f *flush) session(ctx context.Context, session []Pending) {
	if f.gone(ctx, session[0].HealthKey()) || !f.turns.Enter(ctx, session[0].Key) {
		return
	}
	defer f.turns.Leave(session[0].Key)
	for _, k := range session {
		if f.gone(ctx, k.HealthKey()) || !f.noted(k, f.Deliver(ctx, k.ID).Delivered) {
			return
		}
	}
}

func (f *flush) gone(ctx context.Context, key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed[key] || ctx.Err() != nil
}

func (f *flush) noted(k Pending, received bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if received {
		f.delivered++
	} else if f.refuses(k.HealthKey()) {
		f.failed[k.HealthKey()] = true // unless the cause may be this torrent alone
	}
	f.progress(f.delivered, f.spool.Len())
	return received
}
