package httpway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// How long a request other than an announce or a scrape may take to connect, and how long its answer may pause. Clients
// wait longer for web seeds and pages than for trackers.
const (
	passConnect = 30 * time.Second
	passIdle    = 5 * time.Minute
)

// passing serves requests that are forwarded.
type passing struct{ *Stream }

// serve forwards a request that is not certainly an announce or a scrape. It changes only the form for a proxy. looks
// is true if the request may be meant as an announce or a scrape, which the log and the window then show.
func (c passing) serve(ctx context.Context, u bittorrent.TrackerURL, t upstream.Target, framing httphead.Framing, looks bool) (keep bool) {
	if upstream.ClosedPort(u.Port()) {
		return c.refuse(403, portWords, exchange.ProblemPort)
	}
	e := exchange.Entry{At: time.Now(), Kind: exchange.KindPassed, Outcome: exchange.OutcomePassed, Tracker: u.Host(), Client: downstream.ClientName(c.req), Swarm: bittorrent.UnknownSwarm}
	if looks {
		e.Kind = exchange.KindAnnounce
	}
	p := patience{connect: passConnect, first: time.Now().Add(passIdle), idle: passIdle, taking: passIdle}
	c.out = httphead.Apply(c.out[:0], c.req.Raw, c.edits...)
	if err := c.reach(ctx, t, p); err != nil {
		return c.unreached(e, err)
	}
	r, err := c.carry(framing, p)
	if err != nil && c.unread(err) && (c.req.Is("GET") || c.req.Is("HEAD")) && ctx.Err() == nil {
		c.dropUpstream()
		if err = c.reconnect(ctx, t, p); err == nil {
			r, err = c.carry(framing, p)
		}
	}
	if err != nil {
		c.dropUpstream()
		return c.unreached(e, err)
	}
	e.Status, e.Took = r.status, time.Since(e.At)
	if r.problem != nil {
		e.Problem, e.Detail = problemOf(r.problem), r.problem.Error()
	}
	if r.uncertified {
		c.via.StepsAside(exchange.ProblemClientCert)
	}
	c.s.Note(e)
	return r.reuse
}

// carry sends c.out and the client's body, and relays the answer. The body is sent while the answer is awaited, because
// an answer, or a 100, may arrive before the body's end.
func (c passing) carry(framing httphead.Framing, p patience) (relayed, error) {
	o := c.up
	o.responding = false
	_ = o.nc.SetDeadline(p.first)
	o.wait = wait{client: c.nc, until: p.first, ends: true}
	if _, err := o.nc.Write(c.out); err != nil {
		return relayed{}, upstream.Classify("write", err)
	}
	var sending sync.WaitGroup
	var bodyErr error
	pace := pace{client: c.nc, server: o.nc}
	body := c.client.Source.Body(framing)
	if !body.Done() {
		c.req.Raw = bytes.Clone(c.req.Raw) // the body is read into the buffer that has it
		reading := new(atomic.Bool)
		reading.Store(true)
		o.wait.body = reading
		sending.Go(func() {
			defer reading.Store(false)
			bodyErr = copyBody(o, &pace, &body)
		})
	}
	err := c.readHead()
	var r relayed
	if err == nil {
		if r = c.relay(0, p); r.problem != nil && !r.begun {
			err = r.problem
		}
	}
	if framing.Kind != httphead.NoBody {
		// If the answer came before the end of the request's body, neither connection is in a known state.
		pace.end(time.Second)
		sending.Wait()
		if bodyErr != nil || !body.Done() {
			r.reuse = false
			c.dropUpstream()
		}
	}
	return r, err
}

// pace limits the time for each piece of a request's body, until the exchange is over.
type pace struct {
	client, server net.Conn
	mu             sync.Mutex
	over           bool // guarded by mu
}

// next sets how long the next part may take.
func (p *pace) next(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.set(limit)
	}
}

// end sets how long the current part may take, and allows no other.
func (p *pace) end(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.set(limit)
}

func (p *pace) set(limit time.Duration) {
	at := time.Now().Add(limit)
	_ = p.client.SetReadDeadline(at)
	_ = p.server.SetWriteDeadline(at)
}

func copyBody(o *origin, p *pace, body *httphead.Body) error {
	for {
		p.next(passIdle)
		piece, err := body.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			_ = o.nc.Close()
			return err
		}
		if _, err := o.nc.Write(piece); err != nil {
			return err
		}
	}
}

// unreached answers a forwarded request whose server could not be reached or did not answer.
func (c passing) unreached(e exchange.Entry, err error) (keep bool) {
	f := upstream.Classify("", err)
	e.Problem, e.Detail, e.Took = f.Problem, f.Error(), time.Since(e.At)
	c.via.StepsAside(f.Problem)
	var reply []byte
	switch {
	case f.Problem.Forbidden():
		e.Kind, e.Outcome, e.Status = exchange.KindRefused, exchange.OutcomeRefused, 403
		reply = downstream.FailureReply(403, upstream.WhyClosed(err), true)
	case errors.Is(err, context.Canceled):
		reply = downstream.FailureReply(503, "the program is being stopped", true)
	case f.Problem == exchange.ProblemTimeout:
		reply = downstream.FailureReply(504, announce.Words(f.Problem), true)
	default:
		reply = downstream.FailureReply(502, announce.Words(f.Problem), true)
	}
	c.s.Note(e)
	_ = c.client.Write(reply)
	return false
}
