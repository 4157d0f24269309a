package relay

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/wire/udptracker"
)

// connect asks a tracker for an id, twice since datagrams get lost. If it is silent the client gets an id of ours:
// else its announce would never come, and could not be kept.
func (a *association) connect(x *exchange) {
	if !x.begin(activity.Announce, "") {
		return
	}
	if p, away := a.r.Health.Away(x.entry.Tracker); away {
		a.pretend(x, &upstream.Error{Problem: activity.ProblemAway, Op: "dial", Err: awayError(p)})
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
		a.pretend(x, &upstream.Error{Problem: activity.ProblemTimeout, Op: "dial", Err: errSilent})
		if a.awaitLate(x) != nil {
			a.answered(x)
		}
	}
}

// pretend gives the client an id of ours.
func (a *association) pretend(x *exchange, problem *upstream.Error) {
	id := udptracker.Connection(rand.Uint64())
	a.r.connections.add(connection{x.called.String(), id}, &standIn{problem, time.Now().Add(standInTime)})
	a.replyFor(x, udptracker.AppendConnected(nil, x.request.Transaction, id))
}

// expired lets the client ask for a connection anew: the tracker may be back.
func (a *association) expired(x *exchange) {
	a.replyFor(x, udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: the connection has expired"))
}

var errSilent = errors.New("the tracker does not answer")
