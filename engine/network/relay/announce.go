package relay

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// announce tells the tracker in the session's turn, else answers in its place and keeps the announce.
func (a *association) announce(x *inquiry) {
	said := &x.request.Announce
	path := pathOf(said)
	if !x.begin(exchange.KindAnnounce, path) {
		return
	}
	x.session = ledger.Key{Tracker: x.tracker.ID(), InfoHash: said.InfoHash, PeerID: said.PeerID}
	x.key = answerKey(x, path)
	x.entry.InfoHash, x.entry.Event, x.entry.Seen, x.entry.Client = said.InfoHash, said.Event, said.Counters.Uploaded, clients.NameOf(said.PeerID)
	budget := answerTime
	if said.Event == bittorrent.EventStopped {
		budget = stoppedTime
	}
	ctx, cancel := context.WithDeadline(a.ctx, x.entry.At.Add(budget))
	defer cancel()
	if err := a.inTurn(ctx, x); err != nil {
		a.fallback(x, err)
		if late, ok := udptracker.ParseAnswer(a.awaitLate(x)); ok {
			a.answered(x)
			a.heard(x, &late)
		}
	}
}

// answerKey is by what an answer is remembered: with the family it came over, since its peers are of that.
func answerKey(x *inquiry, path string) announce.AnswerKey {
	family := "udp4"
	if x.at.Addr().Is6() {
		family = "udp6"
	}
	u, err := bittorrent.NewTrackerURL(family, x.called.String(), path)
	if err != nil {
		u = x.tracker
	}
	return announce.AnswerKey{Tracker: u.ID(), InfoHash: x.request.Announce.InfoHash}
}

// inTurn tells an announce after what the tracker must hear before it, one of a session at a time. The error is why it
// was not answered.
func (a *association) inTurn(ctx context.Context, x *inquiry) *upstream.Error {
	if !a.r.Turns.Enter(ctx, x.session) {
		a.account(x)
		return &upstream.Error{Problem: exchange.ProblemTimeout, Op: "wait", Err: errTurn}
	}
	defer a.r.Turns.Leave(x.session)
	a.account(x)
	line := x.tracker.Line()
	if p, away := a.r.Health.Away(line); away {
		return &upstream.Error{Problem: exchange.ProblemAway, Op: "dial", Err: awayError(p)}
	}
	if x.standIn != nil {
		if err := a.connectFor(ctx, x); err != nil {
			a.r.Health.Failed(line, err.Problem, time.Now())
			return err
		}
	}
	for _, k := range a.r.Spool.Before(x.session, x.entry.Event, x.figure.Reported) {
		if k.Again.After(time.Now()) || !a.r.Deliverer.Deliver(ctx, k.ID) {
			return &upstream.Error{Problem: exchange.ProblemAway, Op: "deliver", Err: errBefore}
		}
	}
	a.send(x)
	answer, err := a.await(ctx, x)
	if err != nil {
		if !errors.Is(a.ctx.Err(), context.Canceled) { // else we are being stopped
			a.r.Health.Failed(line, exchange.ProblemTimeout, time.Now())
		}
		return upstream.Classify("read", err)
	}
	a.learn(x, answer)
	return nil
}

// account decides the figure. It is done in the session's turn, so that figures leave in the order in which they grew.
func (a *association) account(x *inquiry) {
	x.decided = time.Now()
	f := a.r.Accountant.Announce(x.tracker, x.request.Announce.Announce, x.entry.At)
	x.figure = f
	x.entry.Reported, x.entry.New, x.entry.Grown, x.entry.Held = f.Reported, f.New, f.Grown, f.Held
	x.entry.Factor, x.entry.Own, x.entry.Reason, x.entry.Session = f.Factor, f.Own, f.Reason, f.ID
	a.mu.Lock()
	defer a.mu.Unlock()
	udptracker.PutUploaded(x.datagram, f.Reported)
}

// learn reads the tracker's answer, which the client has already.
func (a *association) learn(x *inquiry, b []byte) {
	a.answered(x)
	answer, _ := udptracker.ParseAnswer(b)
	x.entry.Interval, x.entry.Swarm, x.entry.Failure = answer.Interval, answer.Swarm, answer.Reason
	x.entry.Took = time.Since(x.entry.At)
	a.heard(x, &answer)
	if answer.Action == udptracker.Announces {
		a.r.Answers.Keep(x.key, b, time.Now())
	}
	a.finish(x)
}

// heard ends what is kept and was said by this announce too. A tracker that refuses the connection id alone, as after a
// restart of its own, has not heard it: the client asks for another, and says it again.
func (a *association) heard(x *inquiry, answer *udptracker.Answer) {
	if answer.Action != udptracker.Failure || !strings.Contains(strings.ToLower(answer.Reason), "connection") {
		a.r.Spool.Supersede(x.session, x.entry.Event, x.decided)
	}
}

// fallback answers in the tracker's place, and keeps the announce.
func (a *association) fallback(x *inquiry, f *upstream.Error) {
	x.entry.Problem, x.entry.Detail = f.Problem, f.Error()
	a.keep(x)
	x.entry.Outcome = exchange.OutcomeFailed
	reply := bytes.Clone(a.r.Answers.Last(x.key, time.Now()))
	if r, ok := udptracker.ParseAnswer(reply); ok && r.Action == udptracker.Announces {
		x.entry.Outcome = exchange.OutcomeCached
		udptracker.PutTransaction(reply, x.request.Transaction)
	} else {
		reply = refusal(x, f.Problem)
	}
	a.replyFor(x, reply)
	x.entry.Took = time.Since(x.entry.At)
	a.finish(x)
}

// refusal is an answer in words.
func refusal(x *inquiry, p exchange.Problem) []byte {
	words := "the tracker did not answer in time"
	switch p {
	case exchange.ProblemDNS:
		words = "the tracker's name does not resolve"
	case exchange.ProblemNoRoute:
		words = "no way leads to the tracker; check this computer's network"
	case exchange.ProblemAway:
		words = "the tracker is away and will be tried again soon"
	}
	return udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: "+words)
}

// keep puts the announce into the spool.
func (a *association) keep(x *inquiry) {
	a.mu.Lock()
	request, sent := bytes.Clone(x.datagram), x.sent
	a.mu.Unlock()
	udptracker.PutConnection(request, 0, 0) // it will go under others
	k := announce.Pending{
		Key: x.session, Host: x.entry.Tracker, Scheme: "udp", Address: x.tracker.Address(), Event: x.entry.Event,
		Request: request, Reported: x.figure.Reported, DecidedAt: x.decided, Due: x.figure.Due, Problem: x.entry.Problem,
	}
	if sent {
		k.Again = time.Now().Add(announce.ResendDelay)
	}
	a.r.Dropped(a.r.Spool.Add(k))
}

// finish tells the ledger's status, the window and the log that the exchange is over.
func (a *association) finish(x *inquiry) {
	e := &x.entry
	if e.Kind == exchange.KindAnnounce {
		a.r.Accountant.Answered(x.session, e)
	}
	a.r.Note(*e)
}

var (
	errTurn   = errors.New("an earlier announce of this session is still on its way")
	errBefore = errors.New("an earlier announce of this session could not be delivered")
)

type awayError exchange.Problem

func (e awayError) Error() string { return "not asked, since it failed three times in a row" }
