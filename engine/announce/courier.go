package outage

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
	drainTime    = 5 * time.Second  // for deliveries on their way when Run ends
	SameEvent    = 30 * time.Second // trackers refuse the same event sooner
)

// Delivered is how a delivery ended.
type Delivered struct {
	Heard     bool             // the tracker has it, or has refused it for good
	Problem   exchange.Problem // otherwise: why not
	Reached   bool             // the tracker answered, though not as a tracker should
	MayBeSaid bool             // bytes had left before it failed
}

// Send delivers one announce and notes what comes of it.
type Send func(ctx context.Context, k Kept) Delivered

// Courier delivers what is kept, as soon as its tracker answers again.
type Courier struct {
	spool  *Spool
	health *Health
	turns  *Turns
	send   Send
	gaveUp func(Kept)
	noted  func()

	mu    sync.Mutex
	busy  map[string]int // guarded by mu; deliveries on their way, by host
	freed chan struct{}  // guarded by mu; closed and forgotten when one ends; nil while nobody waits
}

// NewCourier delivers by send; gaveUp hears of entries older than [GiveUpAfter], and noted is called when what came of
// a delivery stands in spool and health.
func NewCourier(spool *Spool, health *Health, turns *Turns, send Send, gaveUp func(Kept), noted func()) *Courier {
	return &Courier{spool: spool, health: health, turns: turns, send: send, gaveUp: gaveUp, noted: noted, busy: map[string]int{}}
}

// Run delivers until ctx ends, and then lets what is on its way end within 5 s: an announce cut off may have been
// heard. With nothing kept it sleeps without a timer.
func (c *Courier) Run(ctx context.Context) {
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
		if next, ok := c.round(deliveries, &wg, time.Now()); ok {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
	}
}

// round starts every delivery that is due and tells when to look again; ok is false if only a ring can bring more.
func (c *Courier) round(ctx context.Context, wg *sync.WaitGroup, now time.Time) (next time.Time, ok bool) {
	soonest := func(t time.Time) {
		if !ok || t.Before(next) {
			next, ok = t, true
		}
	}
	for _, k := range c.spool.fronts() {
		if now.Sub(k.Said) > GiveUpAfter {
			c.spool.Remove(k.ID)
			c.gaveUp(k)
			soonest(now) // for what stands behind it
			continue
		}
		at, probe := c.health.Next(k.Line())
		if e := k.Earliest(); e.After(at) {
			at = e
		}
		if at.After(now) {
			soonest(at)
			continue
		}
		most := perHost
		if probe {
			most = 1
		}
		if !c.tryStart(k.Line(), most) {
			continue // its end rings
		}
		if !c.turns.TryTake(k.Key) {
			c.free(k.Line())
			soonest(now.Add(time.Second))
			continue
		}
		wg.Go(func() {
			defer c.end(k.Line())
			defer c.turns.Release(k.Key)
			dctx, cancel := context.WithTimeout(ctx, deliveryTime)
			defer cancel()
			c.deliver(dctx, k.ID)
		})
	}
	return next, ok
}

// tryStart takes one of the places that a host's deliveries have.
func (c *Courier) tryStart(host string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[host] >= most {
		return false
	}
	c.busy[host]++
	return true
}

// start waits for a place; false if ctx ended first.
func (c *Courier) start(ctx context.Context, host string) bool {
	for !c.tryStart(host, perHost) {
		c.mu.Lock()
		if c.freed == nil {
			c.freed = make(chan struct{})
		}
		freed, full := c.freed, c.busy[host] >= perHost
		c.mu.Unlock()
		if !full {
			continue
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// end gives the place back, and lets Run see whom it is free for.
func (c *Courier) end(host string) {
	c.free(host)
	c.spool.ring()
}

func (c *Courier) free(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[host]--; c.busy[host] == 0 {
		delete(c.busy, host)
	}
	if c.freed != nil {
		close(c.freed)
		c.freed = nil
	}
}

// Deliver sends one entry and notes how it went; the caller has the session's turn. heard is whether the way is free
// for what comes after it.
func (c *Courier) Deliver(ctx context.Context, id uint64) (heard bool) {
	k, _, ok := c.spool.current(id)
	if !ok {
		return true
	}
	if !c.start(ctx, k.Line()) {
		return false
	}
	defer c.end(k.Line())
	return c.deliver(ctx, id)
}

// deliver is Deliver for a caller that has one of the host's places too.
func (c *Courier) deliver(ctx context.Context, id uint64) (heard bool) {
	k, first, ok := c.spool.current(id)
	if !ok || !first {
		return !ok
	}
	d := c.send(ctx, k)
	defer c.noted()
	now := time.Now()
	if d.Heard {
		c.health.Answered(k.Line(), now)
		c.spool.Remove(id)
		return true
	}
	var again time.Time
	if d.MayBeSaid {
		again = now.Add(SameEvent)
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		// We are being stopped, which says nothing about the tracker.
	case d.Reached:
		// It is there, so others may be tried; this one waits by itself, since the answer may be about it alone.
		c.health.Answered(k.Line(), now)
		again = now.Add(pause(k.Tries))
	default:
		c.health.Failed(k.Line(), d.Problem, now)
	}
	c.spool.Tried(id, d.Problem, again)
	return false
}

// Flush delivers all it can before ctx ends, sessions side by side and each in order; progress hears the numbers
// after each. It does not wait for pauses, but obeys what a tracker asked for (Retry-After, min interval); a tracker
// that fails once here is left alone.
func (c *Courier) Flush(ctx context.Context, progress func(delivered, left int)) {
	bySession := map[ledger.Key][]Kept{}
	var order []ledger.Key
	now := time.Now()
	for _, k := range c.spool.All() {
		if c.health.Held(k.Line(), now) || k.Plain() && k.Due.After(now) {
			continue
		}
		if bySession[k.Key] == nil {
			order = append(order, k.Key)
		}
		bySession[k.Key] = append(bySession[k.Key], k)
	}
	f := flush{Courier: c, failed: map[string]bool{}, progress: progress}
	slots := map[string]chan struct{}{}
	var wg sync.WaitGroup
	for _, key := range order {
		session := bySession[key]
		slot := slots[session[0].Line()]
		if slot == nil {
			slot = make(chan struct{}, perHost)
			slots[session[0].Line()] = slot
		}
		wg.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			f.session(ctx, session)
		})
	}
	wg.Wait()
}

// flush is one Flush on its way.
type flush struct {
	*Courier
	progress func(delivered, left int)

	mu        sync.Mutex
	failed    map[string]bool // guarded by mu; by host
	delivered int             // guarded by mu
}

// session delivers what is kept of one session, in order, until something of it fails.
func (f *flush) session(ctx context.Context, session []Kept) {
	if f.gone(ctx, session[0].Line()) || !f.turns.Take(ctx, session[0].Key) {
		return
	}
	defer f.turns.Release(session[0].Key)
	for _, k := range session {
		if f.gone(ctx, k.Line()) || !f.noted(k, f.Deliver(ctx, k.ID)) {
			return
		}
	}
}

func (f *flush) gone(ctx context.Context, host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed[host] || ctx.Err() != nil
}

func (f *flush) noted(k Kept, heard bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if heard {
		f.delivered++
	} else if _, sick := f.health.State(k.Line()); sick {
		f.failed[k.Line()] = true // not where it answered and had something against this one alone
	}
	f.progress(f.delivered, f.spool.Len())
	return heard
}
