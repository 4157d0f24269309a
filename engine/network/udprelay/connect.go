package udprelay

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/udptracker"
)

// connect gets an id from a tracker, in two attempts since datagrams may be lost. If the tracker is silent, the client
// gets a placeholder: otherwise it would never send its announce, which could then not become pending.
func (a *association) connect(x *request) {
	u, err := bittorrent.NewTrackerURL("udp", x.called.String(), "")
	if err != nil {
		return
	}
	key := u.HealthKey()
	if _, away := a.r.Desk.Health.Away(key); away {
		a.givePlaceholder(x, &upstream.Error{Problem: exchange.ProblemAway, Op: "dial", Err: errSilent})
		return
	}
	if x.problem != nil {
		a.givePlaceholder(x, x.problem)
		return
	}
	for _, patience := range []time.Duration{connectTime / 3, connectTime - connectTime/3} {
		ctx, cancel := context.WithTimeout(a.ctx, patience)
		a.send(x)
		_, err := a.await(ctx, x)
		cancel()
		if err == nil {
			a.isUp(key)
			return
		}
	}
	if a.ctx.Err() == nil {
		a.givePlaceholder(x, &upstream.Error{Problem: exchange.ProblemTimeout, Op: "dial", Err: errSilent})
		late, cancel := context.WithTimeout(a.ctx, lateTime)
		defer cancel()
		if b := x.awaitLate(late); b != nil {
			a.isUp(key)
		}
	}
}

// lateTime is how long after a placeholder the tracker's own answer to a connect still counts.
const lateTime = 30 * time.Second

// isUp records that the tracker has answered.
func (a *association) isUp(key string) {
	if a.r.Desk.Health.MarkUp(key, time.Now()) {
		a.r.Desk.Spool.Wake()
	}
}

// givePlaceholder gives the client a placeholder.
func (a *association) givePlaceholder(x *request, problem *upstream.Error) {
	given := udptracker.Connection(rand.Uint64())
	a.r.ids.add(id{x.called.String(), given}, &placeholder{problem, time.Now().Add(placeholderTime)})
	a.replyFor(x, udptracker.AppendConnected(nil, x.request.Transaction, given))
}

// connectFor gets an id from the tracker, which may be back by now, for a request under a placeholder. refusal is the
// tracker's answer if it gives no id.
func (a *association) connectFor(ctx context.Context, x *request) (refusal *udptracker.Answer, err error) {
	if f := x.problem; f != nil {
		return nil, &announce.Fault{Problem: f.Problem, Err: f, Dialled: true, Lasting: true}
	}
	own := &request{a: a, place: x.place, own: true, answer: make(chan []byte, 1)}
	own.request = udptracker.Request{Action: udptracker.Connect, Transaction: udptracker.Transaction(rand.Uint32())}
	own.datagram = udptracker.AppendConnect(nil, own.request.Transaction)
	a.mu.Lock()
	a.asked[asked{own.at, own.request.Transaction}] = own
	a.mu.Unlock()
	defer a.forgetAsked(own)
	b, err := a.connectPatiently(ctx, x, own)
	if err != nil {
		return nil, &announce.Fault{Problem: exchange.ProblemTimeout, Err: errSilentDial, Dialled: true}
	}
	answer, _ := udptracker.ParseAnswer(b)
	if answer.Action == udptracker.Failure {
		return &answer, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	udptracker.PutConnection(x.datagram, answer.Connection, x.request.Transaction)
	return nil, nil
}

// connectPatiently repeats a connect until the tracker answers, with pauses that double. A client that will send its
// announce again after 15 s (BEP 15) gets no error before that, as if the datagram were lost. If an answer is cached,
// the client gets it as soon as it would for an announce.
func (a *association) connectPatiently(ctx context.Context, x, own *request) (answer []byte, err error) {
	until := x.order.Entry.At.Add(resendTime)
	if a.r.Desk.Answers.Last(x.order.Cache, time.Now()) != nil {
		until = time.Now().Add(connectTime)
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for patience := connectTime / 3; ; patience *= 2 {
		try, end := context.WithTimeout(ctx, patience)
		a.send(own)
		answer, err = a.await(try, own)
		end()
		if err == nil || ctx.Err() != nil {
			return answer, err
		}
	}
}

// resendTime is how long a client waits for an answer before it sends its request again (BEP 15: 15 * 2^0 seconds).
const resendTime = 15 * time.Second

// expired makes the client send a new connect: the tracker may be back.
func (a *association) expired(x *request) {
	a.replyFor(x, udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: the connection has expired"))
}

var (
	errSilent     = errors.New("the tracker does not answer")
	errSilentDial = errors.New("dial: the tracker does not answer")
)
