package httpway

import (
	"context"
	"errors"
	"net"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// errAstray means that the gateway must not pass a redirect on: the client would announce to the tracker directly, or
// go from https to http.
var errAstray = errors.New("the tracker redirects announces to an address that is not followed")

var errStatus = errors.New("read: the tracker answered with an error of its own")

// Send sends the request and passes the tracker's answer on.
func (q *carriage) Send(ctx context.Context, o *announce.Order) (announce.Answer, error) {
	if q.Tracker.Scheme() == "udp" {
		return datagramWay{q}.sendDatagram(ctx, o)
	}
	p := patience{connect: time.Until(o.Until), first: o.Until, idle: q.s.Desk.Patience.Pause, most: maxAnswer}
	err := q.reach(ctx, q.target, p)
	if err == nil {
		err = q.exchange(o)
	}
	if err != nil && q.unread(err) && ctx.Err() == nil {
		q.dropUpstream()
		if err = q.reconnect(ctx, q.target, p); err == nil {
			err = q.exchange(o)
		}
	}
	if err != nil {
		return announce.Answer{}, q.fault(ctx, o, err)
	}
	return q.answer(o, p)
}

// exchange writes the request in one piece and reads the head of the answer.
func (q *carriage) exchange(o *announce.Order) error {
	up := q.up
	up.responding, up.wait = false, wait{client: q.nc, until: o.Until}
	n, err := up.send(q.out)
	o.Sent = n > 0
	if err != nil {
		return upstream.Classify("write", err)
	}
	return q.readHead()
}

// fault returns why the head of an answer did not arrive. An exchange whose request was sent and may still be answered
// continues.
func (q *carriage) fault(ctx context.Context, o *announce.Order, err error) error {
	stopping := errors.Is(ctx.Err(), context.Canceled)
	left := q.up != nil && !q.up.wait.end.IsZero()
	e := upstream.Classify("", err)
	f := &announce.Fault{Problem: e.Problem, Err: e, Dialled: e.Op == "dial"}
	f.Lasting = e.Problem.Forbidden() || e.Problem == exchange.ProblemTLS || e.Problem.Unfit()
	f.Counted = stopping || left || errors.Is(err, context.Canceled)
	if q.via.StepsAside(e.Problem) {
		f.Aside, f.Counted = true, true
	}
	f.Delivered = e.Problem == exchange.ProblemProtocol && !q.Scrape // the tracker has read the request; its answer is malformed
	f.Reached = f.Delivered
	switch {
	case e.Problem.Forbidden():
		q.refuse(403, upstream.WhyClosed(err), e.Problem)
		f.Answered, f.Counted = true, true
	case e.Problem == exchange.ProblemTimeout && !f.Dialled && o.Sent && !stopping && !q.Scrape && q.up != nil:
		f.Rest = q.detach()
		return f
	}
	q.dropUpstream()
	return f
}

// answer passes on the answer whose head was just read, or returns why the desk must answer.
func (q *carriage) answer(o *announce.Order, p patience) (announce.Answer, error) {
	now := time.Now()
	if q.resp.Status >= 500 {
		if raw := q.s.Desk.Answers.Last(o.Cache, now); raw != nil && q.CanReplay(raw) && !asksToWait(&q.resp) {
			if a, ok := q.refusal(o); ok {
				return a, nil
			}
			status := q.resp.Status
			q.dropUpstream()
			o.Entry.Status = status
			return announce.Answer{}, &announce.Fault{Problem: exchange.ProblemStatus, Err: errStatus, Reached: true}
		}
	}
	if q.resp.Status < 500 {
		q.s.Desk.MarkUp(o, now)
	}
	if q.resp.Status == 429 || q.resp.Status == 503 {
		q.holdIfAsked(o, now)
	}
	if location, moves := q.resp.Redirect(); moves && !q.redirect(o, string(location), now) {
		a := announce.Answer{Status: q.resp.Status, Problem: exchange.ProblemAnswer, Detail: errAstray.Error()}
		q.dropUpstream()
		o.Entry.Outcome = exchange.OutcomeFailed
		q.Replay(downstream.FailureReply(502, errAstray.Error(), false))
		a.Took = time.Since(o.Entry.At)
		return a, nil
	}
	return q.passOn(o, p)
}

// redirect remembers to where the answer redirects the client, before the client can follow. It returns false if the
// gateway must not pass the answer on: see [bittorrent.TrackerURL.Exposes] and [led].
func (q *carriage) redirect(o *announce.Order, location string, now time.Time) (passes bool) {
	to, target, ok := q.Tracker.Redirected(location)
	if !ok || q.gated && q.Tracker.Exposes(to) {
		return !q.gated
	}
	if !q.Scrape {
		passing := q.passing || q.resp.Status != 301 && q.resp.Status != 308
		q.s.redirects.note(to, o, q.gated && q.up.public(), passing, now)
		if !passing {
			q.s.Desk.Accountant.Moved(o.Total.Key, to, now)
		}
	}
	return !q.gated || q.leadThroughGateway(to, target, now)
}

// asksToWait reports whether the answer names a time to wait (RFC 9110 §10.2.3): then the client should get it.
func asksToWait(r *httphead.Response) bool {
	_, ok := r.Get("retry-after")
	return ok && (r.Status == 429 || r.Status == 503)
}

// holdIfAsked delays deliveries of pending announces for as long as the tracker requests, up to a day.
func (q *carriage) holdIfAsked(o *announce.Order, now time.Time) {
	v, _ := q.resp.Get("retry-after")
	if d, ok := announce.ParseRetryAfter(string(v), now); ok {
		q.s.Desk.Health.Hold(o.Tracker.HealthKey(), now.Add(d))
	}
}

// passOn relays the answer and then reads it.
func (q *carriage) passOn(o *announce.Order, p patience) (announce.Answer, error) {
	r := q.relay(upstream.MaxAnswer, p)
	q.keep = r.reuse
	took := time.Since(o.Entry.At)
	o.Entry.Status = r.status
	if r.problem != nil {
		e := upstream.Classify("", r.problem)
		o.Entry.Took = took
		malformed := e.Problem == exchange.ProblemProtocol && !q.Scrape // the tracker has read the request; its answer is malformed
		return announce.Answer{}, &announce.Fault{Problem: e.Problem, Err: e, Counted: r.gone, Reached: true, Begun: r.begun, Delivered: malformed}
	}
	a := announce.Answer{Status: r.status, Took: took, Problem: exchange.ProblemAnswer}
	a.Swarm = o.Entry.Swarm
	if r.kept {
		q.head = q.in[:r.head]
		a = q.read(o, r)
		a.Took = took
	}
	if r.uncertified && a.Problem == exchange.ProblemAnswer && q.via.StepsAside(exchange.ProblemClientCert) {
		a.Problem, a.Aside = exchange.ProblemClientCert, true
	}
	if r.status >= 500 && !q.Scrape && a.Failure == "" {
		a.Problem, a.Pends = exchange.ProblemStatus, true
	}
	return a, nil
}

// wantsCertificate reports whether a server may have refused a request because it asked for a client's certificate and
// got none: nginx answers 400, others 401 or 403.
func wantsCertificate(nc net.Conn, status int) bool {
	return (status == 400 || status == 401 || status == 403) && upstream.AsksForCertificate(nc)
}
