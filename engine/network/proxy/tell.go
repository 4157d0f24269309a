package proxy

import (
	"context"
	"errors"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
)

// tell sends c.out and passes the answer on.
func (c *conn) tell(ctx context.Context, q *question) (keep bool) {
	host := q.entry.Tracker
	if !c.s.places.TryEnter(host) && !c.waitPlace(ctx, q) {
		return c.fallback(q, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "wait", Err: errPlace})
	}
	defer c.s.places.Leave(host)
	if q.Tracker.Scheme() == "udp" {
		return c.tellUDP(ctx, q)
	}
	err := c.reachPatiently(ctx, q)
	if err == nil {
		err = c.send(q)
	}
	if err != nil {
		// We are being stopped, or did not wait as long as for a client that is there.
		impatient := errors.Is(err, context.Canceled) || errors.Is(ctx.Err(), context.Canceled) || c.up != nil && !c.up.wait.end.IsZero()
		c.dropUpstream()
		f := upstream.Classify("", err)
		if f.Problem == exchange.ProblemLoop {
			return c.refuse(403, upstream.WhyClosed(err), exchange.ProblemLoop)
		}
		if !impatient {
			c.failed(q, f)
		}
		return c.fallback(q, f)
	}
	now := time.Now()
	if q.entry.Status = c.resp.Status; q.entry.Status < 500 {
		if c.s.Health.MarkUp(q.Tracker.Line(), now) {
			c.s.Spool.Wake()
		}
	} else {
		broken := &upstream.Error{Problem: exchange.ProblemStatus, Op: "read", Err: errStatus}
		c.failed(q, broken)
		if raw := c.s.Answers.Last(q.key, now); c.canReplay(raw) && !c.asksToWait() {
			if c.refusal(q) {
				return c.passRefusal(q)
			}
			c.dropUpstream()
			return c.fallback(q, broken)
		}
	}
	c.holdIfAsked(q.Tracker.Line(), now)
	c.noteRedirect(q, now)
	if !c.leadThroughGateway(q) {
		c.dropUpstream()
		q.entry.Problem, q.entry.Detail = exchange.ProblemAnswer, errAstray.Error()
		return c.replay(q, failureReply(502, errAstray.Error(), false), exchange.OutcomeFailed)
	}
	return c.passOn(q)
}

// maxPerHost is how many announces and scrapes are on their way to one tracker at a time. Clients with hundreds of
// torrents begin with all of them at once; trackers count connections. libtorrent, which thought of that too, keeps to 50.
const maxPerHost = 50

// waitPlace waits while as many requests as may be are on their way to the tracker.
func (c *conn) waitPlace(ctx context.Context, q *question) bool {
	ctx, cancel := context.WithDeadline(ctx, q.patience.first)
	defer cancel()
	return c.s.places.Enter(ctx, q.entry.Tracker)
}

// failed counts a failure of the tracker. A scrape that was reached and did not go well says nothing of announces:
// many trackers have none.
func (c *conn) failed(q *question, f *upstream.Error) {
	if !q.Scrape || f.Op == "dial" {
		c.s.Health.Failed(q.Tracker.Line(), f.Problem, time.Now())
	}
}

// errAstray is a redirect that a gateway does not follow: the client would go past us, or in clear.
var errAstray = errors.New("the tracker sends its announces on to an address that is not followed")

var errStatus = errors.New("the tracker answered with an error of its own")

// reachPatiently connects. With nothing to answer from, a tracker that refuses is tried again while the client still
// waits: two failures in a row would silence some clients for minutes. For a client that has left nothing is tried
// again; what it said is kept.
func (c *conn) reachPatiently(ctx context.Context, q *question) error {
	return c.patiently(ctx, q, func() error { return c.reach(ctx, q.target, q.patience) })
}

// patiently is reachPatiently for any way to reach a tracker.
func (c *conn) patiently(ctx context.Context, q *question, reach func() error) error {
	for pause := time.Second; ; pause *= 2 {
		err := reach()
		if err == nil || ctx.Err() != nil || upstream.Ended(c.nc) || c.s.Answers.Last(q.key, time.Now()) != nil || lasts(err) ||
			time.Until(q.patience.first) < pause+100*time.Millisecond {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// lasts is whether trying again in a moment cannot help, or may not be done since the tracker may have heard it.
func lasts(err error) bool {
	f := upstream.Classify("dial", err)
	return f.Problem == exchange.ProblemLoop || f.Problem == exchange.ProblemTLS || f.Op != "dial"
}

// smallRequest is how many bytes can be written to a connection that is silent without waiting for the other end.
const smallRequest = 2 << 10

// send writes the request in one piece and reads the head of the answer.
func (c *conn) send(q *question) error {
	o := c.up
	if len(c.out) > smallRequest || o.timed { // less always fits the system's buffer, and a timer is dear
		o.timed = true
		_ = o.nc.SetWriteDeadline(q.patience.first)
	}
	n, err := o.nc.Write(c.out)
	q.said = n > 0
	if err != nil {
		return upstream.Classify("write", err)
	}
	o.wait = wait{client: c.nc, until: q.patience.first}
	return c.readHead()
}

// noteRedirect remembers where the client is being sent, before it can go there.
func (c *conn) noteRedirect(q *question, now time.Time) {
	if q.Scrape || c.resp.Status < 301 || c.resp.Status > 308 {
		return
	}
	location, _ := c.resp.Get("location")
	if to, _, ok := q.Tracker.Redirected(string(location)); ok {
		c.s.redirects.note(to, q, c.gated && c.up.public(), now)
	}
}

// asksToWait is whether the answer names a time to wait (RFC 9110 §10.2.3): then the client should see it.
func (c *conn) asksToWait() bool {
	_, ok := c.resp.Get("retry-after")
	return ok && (c.resp.Status == 429 || c.resp.Status == 503)
}

// holdIfAsked keeps our own deliveries away for as long as the tracker asks, up to a day.
func (c *conn) holdIfAsked(line string, now time.Time) {
	if c.resp.Status != 429 && c.resp.Status != 503 {
		return
	}
	v, _ := c.resp.Get("retry-after")
	if d, ok := announce.ParseRetryAfter(string(v), now); ok {
		c.s.Health.Hold(line, now.Add(d))
	}
}

// passOn relays the answer and then reads it.
func (c *conn) passOn(q *question) (keep bool) {
	r := c.relay(upstream.MaxAnswer, q.patience)
	now := time.Now()
	q.entry.Status, q.entry.Took = r.status, now.Sub(q.entry.At)
	if r.problem != nil {
		f := upstream.Classify("", r.problem)
		if r.status < 500 && !r.gone { // else it is counted already, or was not waited for
			c.failed(q, f)
		}
		if !r.begun {
			return c.fallback(q, f)
		}
		// The client sees the cut as it was, and comes again; so nothing is owed.
		q.entry.Problem, q.entry.Detail = f.Problem, f.Error()
		c.finish(q)
		return false
	}
	if r.kept {
		q.head = c.in[:r.head]
		c.read(q, r, now)
	} else {
		q.entry.Problem = exchange.ProblemAnswer
	}
	if r.status >= 500 && !q.Scrape && q.entry.Failure == "" {
		q.entry.Problem = exchange.ProblemStatus
		c.keep(q, exchange.ProblemStatus)
	}
	c.finish(q)
	return r.reuse
}
