package outage

import (
	"context"
	"sync"
	"time"

	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
)

const (
	perHost      = 4                // deliveries to one tracker at a time
	deliveryTime = 25 * time.Second // of one delivery
	SameEvent    = 30 * time.Second // trackers refuse the same event sooner
)

// Delivered is how a delivery ended.
type Delivered struct {
	Heard     bool             // the tracker has it, or has refused it for good
	Problem   activity.Problem // otherwise: why not
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

	mu   sync.Mutex
	busy map[string]int // guarded by mu; deliveries on their way, by host
}

// NewCourier delivers by send; gaveUp hears of entries older than [GiveUpAfter].
func NewCourier(spool *Spool, health *Health, turns *Turns, send Send, gaveUp func(Kept)) *Courier {
	return &Courier{spool: spool, health: health, turns: turns, send: send, gaveUp: gaveUp, busy: map[string]int{}}
}

// Run delivers until ctx ends, and waits for what is on its way. With nothing kept it sleeps without a timer.
func (c *Courier) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-c.spool.wake:
		}
		if next, ok := c.round(ctx, &wg, time.Now()); ok {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
	}
}

// round starts every delivery that is due and tells when to look again; ok is false if only a ring can bring more.
func (c *Courier) round(ctx context.Context, wg *sync.WaitGroup, now time.Time) (next time.Time, ok bool) {
	for _, k := range c.spool.fronts() {
		if now.Sub(k.Since) > GiveUpAfter {
			c.spool.Remove(k.ID)
			c.gaveUp(k)
			continue
		}
		at, probe := c.health.Next(k.Host)
		if k.NotBefore.After(at) {
			at = k.NotBefore
		}
		if at.After(now) {
			if !ok || at.Before(next) {
				next, ok = at, true
			}
			continue
		}
		most := perHost
		if probe {
			most = 1
		}
		if !c.start(k.Host, most) {
			continue // its end rings
		}
		if !c.turns.TryTake(k.Key) {
			c.end(k.Host)
			if again := now.Add(time.Second); !ok || again.Before(next) {
				next, ok = again, true
			}
			continue
		}
		wg.Go(func() {
			defer c.spool.ring()
			defer c.end(k.Host)
			defer c.turns.Release(k.Key)
			dctx, cancel := context.WithTimeout(ctx, deliveryTime)
			defer cancel()
			c.Deliver(dctx, k.ID)
		})
	}
	return next, ok
}

func (c *Courier) start(host string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[host] >= most {
		return false
	}
	c.busy[host]++
	return true
}

func (c *Courier) end(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[host]--; c.busy[host] == 0 {
		delete(c.busy, host)
	}
}

// Deliver sends one entry, if it is still kept and first of its session, and notes how it went; the caller has the
// session's turn. heard is whether the way is free for what comes after it.
func (c *Courier) Deliver(ctx context.Context, id uint64) (heard bool) {
	k, ok := c.spool.current(id)
	if !ok {
		return true
	}
	d := c.send(ctx, k)
	now := time.Now()
	if d.Heard {
		c.health.Answered(k.Host, now)
		c.spool.Remove(id)
		return true
	}
	if ctx.Err() != nil && d.Problem == activity.ProblemTimeout {
		return false // our own time was up, which says nothing about the tracker
	}
	c.health.Failed(k.Host, d.Problem, now)
	var notBefore time.Time
	if d.MayBeSaid {
		notBefore = now.Add(SameEvent)
	}
	c.spool.Tried(id, d.Problem, notBefore)
	return false
}

// Flush delivers all it can before ctx ends, without regard to pauses, sessions side by side and each in order;
// progress hears the numbers after each. A tracker that fails once here is left alone.
func (c *Courier) Flush(ctx context.Context, progress func(delivered, left int)) {
	bySession := map[ledger.Key][]Kept{}
	var order []ledger.Key
	for _, k := range c.spool.All() {
		if bySession[k.Key] == nil {
			order = append(order, k.Key)
		}
		bySession[k.Key] = append(bySession[k.Key], k)
	}
	var mu sync.Mutex
	failed := map[string]bool{} // guarded by mu
	delivered := 0              // guarded by mu
	slots := map[string]chan struct{}{}
	var wg sync.WaitGroup
	for _, key := range order {
		session := bySession[key]
		slot := slots[session[0].Host]
		if slot == nil {
			slot = make(chan struct{}, perHost)
			slots[session[0].Host] = slot
		}
		wg.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			if !c.turns.Take(ctx, key) {
				return
			}
			defer c.turns.Release(key)
			for _, k := range session {
				mu.Lock()
				gone := failed[k.Host] || ctx.Err() != nil
				mu.Unlock()
				if gone {
					return
				}
				heard := c.Deliver(ctx, k.ID)
				mu.Lock()
				if heard {
					delivered++
				} else {
					failed[k.Host] = true
				}
				progress(delivered, c.spool.Len())
				mu.Unlock()
				if !heard {
					return
				}
			}
		})
	}
	wg.Wait()
}
