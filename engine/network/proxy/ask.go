package proxy

import (
	"context"
	"errors"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// ask serves an announce or a scrape: tell the tracker, else answer from memory and keep the announce.
func (c *conn) ask(ctx context.Context, r httptracker.Request, t upstream.Target) (keep bool) {
	q := c.question(r, t)
	if q.Scrape {
		c.form(q)
		if p, away := c.s.Health.AwayOrProbe(q.Tracker.Line(), q.entry.At); away {
			return c.fallback(q, &upstream.Error{Problem: exchange.ProblemAway, Op: "dial", Err: awayError(p)})
		}
		return c.tell(ctx, q)
	}
	if r.Tracker.Scheme() != "udp" && c.s.dialer.LeadsBack(t.Address) { // before the ledger has a row for a tracker that is none
		return c.refuse(403, errHome.Error(), exchange.ProblemLoop)
	}
	if !c.s.joinDoubled.Load() {
		return c.inTurn(ctx, q)
	}
	id := said{q.session, q.Tracker.ID(), q.Announce.Event, q.Announce.Counters}
	f, done, mine := c.s.repeats.join(id, q.entry.At)
	if mine {
		defer func() { c.s.repeats.end(id, f, q, time.Now()) }()
	} else if raw := f.wait(ctx, done, q.patience.first); c.canReplay(raw) {
		c.account(q)
		f.how.note(&q.entry)
		return c.replay(q, raw, f.how.outcome)
	}
	return c.inTurn(ctx, q)
}

// account decides the figure and makes the request that tells it. It is done in the session's turn, so that figures
// leave in the order in which they grew.
func (c *conn) account(q *question) {
	q.decided = time.Now()
	q.figure = c.s.Accountant.Announce(q.ledger, q.counted, q.entry.At)
	q.entry.Reported, q.entry.New, q.entry.Held = q.figure.Reported, q.figure.New, q.figure.Held
	q.entry.Grown, q.entry.Session = q.figure.Grown, q.figure.ID
	q.entry.Factor, q.entry.Own, q.entry.Reason = q.figure.Factor, q.figure.Own, q.figure.Reason
	if e, ok := q.Report(q.figure.Reported); ok {
		c.edits = insertEdit(c.edits, e)
	}
	c.form(q)
}

// form makes the request as it leaves.
func (c *conn) form(q *question) {
	if q.Tracker.Scheme() == "udp" {
		c.out = c.datagram(q)
		return
	}
	c.out = httphead.Apply(c.out[:0], c.req.Raw, c.edits...)
}

// insertEdit puts one edit among those in order.
func insertEdit(edits []httphead.Edit, e httphead.Edit) []httphead.Edit {
	i := len(edits)
	for i > 0 && edits[i-1].Start > e.Start {
		i--
	}
	edits = append(edits, e)
	copy(edits[i+1:], edits[i:])
	edits[i] = e
	return edits
}

// inTurn tells an announce after what the tracker must hear before it, one request of a session at a time.
func (c *conn) inTurn(ctx context.Context, q *question) (keep bool) {
	if !c.s.Turns.TryEnter(q.session) && !c.waitTurn(ctx, q) {
		c.account(q)
		return c.fallback(q, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "wait", Err: errTurn})
	}
	defer c.s.Turns.Leave(q.session)
	c.account(q)
	if p, away := c.s.Health.Away(q.Tracker.Line()); away {
		if at, _ := c.s.Health.Next(q.Tracker.Line()); !at.After(q.entry.At) {
			q.figure.Due = time.Time{} // the client means to say it now, so it may be the probe: nothing else kept may be due for long
		}
		return c.fallback(q, &upstream.Error{Problem: exchange.ProblemAway, Op: "dial", Err: awayError(p)})
	}
	if !c.tellBefore(ctx, q) {
		return c.fallback(q, &upstream.Error{Problem: exchange.ProblemAway, Op: "deliver", Err: errBefore})
	}
	return c.tell(ctx, q)
}

// waitTurn waits while another request of the session is on its way.
func (c *conn) waitTurn(ctx context.Context, q *question) bool {
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	return c.s.Turns.Enter(ctx, q.session)
}

// tellBefore delivers what the tracker must hear first; false if it did not.
func (c *conn) tellBefore(ctx context.Context, q *question) bool {
	kept := c.s.Spool.Before(q.session, q.Announce.Event, q.figure.Reported)
	if len(kept) == 0 {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	for _, k := range kept {
		if k.Again.After(time.Now()) || !c.s.Deliverer.Deliver(ctx, k.ID) {
			return false
		}
	}
	return true
}

var (
	errTurn   = errors.New("an earlier announce of this session is still on its way")
	errPlace  = errors.New("too many announces to this tracker are still on their way")
	errBefore = errors.New("an earlier announce of this session could not be delivered")
)

type awayError exchange.Problem

func (e awayError) Error() string {
	return "not asked, since it failed three times in a row: " + words(exchange.Problem(e))
}
