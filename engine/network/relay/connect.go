package relay

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/udptracker"
)

// connect asks a tracker for an id, twice since datagrams get lost. If it is silent the client gets an id of ours:
// else its announce would never come, and could not be kept.
func (a *association) connect(x *inquiry) {
	if !x.begin(exchange.KindAnnounce, "") {
		return
	}
	if p, away := a.r.Health.Away(x.tracker.Line()); away {
		a.pretend(x, &upstream.Error{Problem: exchange.ProblemAway, Op: "dial", Err: awayError(p)})
		return
	}
	if x.problem != nil {
		a.pretend(x, x.problem)
		return
	}
	for _, patience := range []time.Duration{connectTime / 3, connectTime - connectTime/3} {
		ctx, cancel := context.WithTimeout(a.ctx, patience)
		a.send(x)
		_, err := a.await(ctx, x)
		cancel()
		if err == nil {
			a.answered(x)
			return
		}
	}
	if a.ctx.Err() == nil {
		a.pretend(x, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "dial", Err: errSilent})
		if a.awaitLate(x) != nil {
			a.answered(x)
		}
	}
}

// pretend gives the client an id of ours.
func (a *association) pretend(x *inquiry, problem *upstream.Error) {
	id := udptracker.Connection(rand.Uint64())
	a.r.connections.add(connection{x.called.String(), id}, &standIn{problem, time.Now().Add(standInTime)})
	a.replyFor(x, udptracker.AppendConnected(nil, x.request.Transaction, id))
}

// connectFor gets a request under an id of ours one of the tracker's, which may have come back in the meantime.
func (a *association) connectFor(ctx context.Context, x *inquiry) *upstream.Error {
	if x.problem != nil {
		return x.problem
	}
	own := &inquiry{place: x.place, own: true, answer: make(chan []byte, 1)}
	own.request = udptracker.Request{Action: udptracker.Connect, Transaction: udptracker.Transaction(rand.Uint32())}
	own.datagram = udptracker.AppendConnect(nil, own.request.Transaction)
	key := asked{own.at, own.request.Transaction}
	a.mu.Lock()
	a.asked[key] = own
	a.mu.Unlock()
	defer a.forgetAsked(key, own)
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	a.send(own)
	b, err := a.await(ctx, own)
	if err != nil {
		return &upstream.Error{Problem: exchange.ProblemTimeout, Op: "dial", Err: errSilent}
	}
	answer, _ := udptracker.ParseAnswer(b)
	if answer.Action == udptracker.Failure {
		return &upstream.Error{Problem: exchange.ProblemAnswer, Op: "dial", Err: errUnwilling}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	udptracker.PutConnection(x.datagram, answer.Connection, x.request.Transaction)
	return nil
}

// expired lets the client ask for a connection anew: the tracker may be back.
func (a *association) expired(x *inquiry) {
	a.replyFor(x, udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: the connection has expired"))
}

var (
	errSilent    = errors.New("the tracker does not answer")
	errUnwilling = errors.New("the tracker gives no connection")
)
