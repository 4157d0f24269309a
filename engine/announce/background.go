package announce

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// maxBackground is the most exchanges that continue after their clients' patience has ended.
const maxBackground = 256

// background are the exchanges that continue without their clients.
type background struct {
	wg sync.WaitGroup

	mu      sync.Mutex
	ctx     context.Context // guarded by mu; nil while Run does not run
	cancels *list.List      // guarded by mu; of context.CancelCauseFunc, oldest first
}

// Run calls serve, and then waits for the exchanges that continue without their clients, at most until [Patience.Stop]
// after ctx has ended.
func (d *Desk) Run(ctx context.Context, serve func()) {
	exchanges, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	d.background.open(exchanges)
	served := make(chan struct{})
	var drain sync.WaitGroup
	drain.Go(func() {
		<-ctx.Done()
		timer := time.NewTimer(d.Patience.Stop)
		defer timer.Stop()
		select {
		case <-served:
		case <-timer.C:
			cut()
		}
	})
	serve()
	d.background.close()
	d.background.wg.Wait()
	close(served)
	drain.Wait()
}

func (b *background) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ctx, b.cancels = nil, list.New()
}

func (b *background) open(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ctx, b.cancels = ctx, list.New()
}

// errCrowded ends the oldest exchange if there are too many; that exchange counts as not answered.
var errCrowded = errors.New("too many exchanges continue without their clients")

// begin runs work with a context that ends after limit or with Run, or when this is the oldest exchange and there are
// too many. It reports whether work has begun.
func (b *background) begin(limit time.Duration, work func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx == nil {
		return false
	}
	crowded, end := context.WithCancelCause(b.ctx)
	mine := b.cancels.PushBack(end)
	if b.cancels.Len() > maxBackground {
		b.cancels.Remove(b.cancels.Front()).(context.CancelCauseFunc)(errCrowded)
	}
	ctx, cancel := context.WithTimeout(crowded, limit)
	all := b.cancels
	b.wg.Go(func() {
		defer func() {
			cancel()
			end(nil)
			b.mu.Lock()
			defer b.mu.Unlock()
			all.Remove(mine)
		}()
		work(ctx)
	})
	return true
}

// carryOn continues an exchange whose client got an answer in place of the tracker's: the announce is pending until the
// tracker answers. carryOn has the session's turn and releases it. o is a copy.
func (d *Desk) carryOn(o Order, rest Rest) {
	work := func(ctx context.Context) {
		defer d.Recovered()
		defer d.Turns.Leave(o.Session)
		answer, err := rest.Await(ctx)
		d.learnLate(&o, &answer, err, errors.Is(context.Cause(ctx), context.Canceled))
	}
	if !d.background.begin(d.Patience.Background, work) {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_, _ = rest.Await(ended)
		d.land(&o, nil, false)
		d.Turns.Leave(o.Session)
	}
}

// learnLate learns from an answer that arrived after the client was answered. cut reports whether the wait was cut
// short; then a missing answer does not count against the tracker.
func (d *Desk) learnLate(o *Order, a *Answer, err error, cut bool) {
	now := time.Now()
	f := &Fault{}
	if err != nil {
		f = faultOf(err)
	}
	switch {
	case f.Delivered: // its answer is malformed
		a.Delivered, a.Problem, a.Detail, a.Swarm = true, f.Problem, f.Error(), bittorrent.UnknownSwarm
	case err != nil:
		if !cut && !f.Cut && !o.Announce.Event.MustArrive() { // the session's next announce will report the total
			d.Spool.Supersede(o.Session, o.Announce.Event, o.DecidedAt)
			d.Changed()
		}
		d.land(o, nil, false)
		return
	}
	if a.RetryIn > 0 { // the client, which has another answer, does not know that
		a.Delivered, a.Problem = false, exchange.ProblemAnswer
	}
	d.MarkUp(o, now)
	e := o.Entry
	e.At, e.Took, e.Kind, e.Outcome = o.Entry.At, now.Sub(o.Entry.At), exchange.KindRedelivered, exchange.OutcomeForwarded
	e.Seen, e.New, e.Held, e.Grown = 0, 0, 0, 0
	takeAnswer(&e, a)
	if !a.Delivered {
		e.Outcome = exchange.OutcomeFailed
	} else {
		d.Spool.Supersede(o.Session, o.Announce.Event, o.DecidedAt)
	}
	if wait := Earliest(a.Interval, a.MinInterval); a.Delivered && wait > 0 {
		d.Deliverer.late.note(o.Session, delivered{o.Announce.Event, o.Announce.Counters.Uploaded, now.Add(wait)}, now)
	}
	raw := a.Raw
	if a.Good && o.Announce.Event != bittorrent.EventStopped {
		raw = d.Answers.Keep(o.Cache, a.Raw, now)
	}
	o.Entry = e
	if a.Delivered {
		d.Accountant.Answered(o.Session, &e)
	}
	d.Note(e)
	d.land(o, raw, a.Good)
}
