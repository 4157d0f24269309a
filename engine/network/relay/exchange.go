package relay

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/udptracker"
)

// lateTime is how long after we answered in a tracker's place its own answer is still known: as long as what is kept is
// not delivered.
const lateTime = outage.SameEvent

// exchange is one request to a tracker on its way.
type exchange struct {
	place
	request udptracker.Request
	standIn *standIn    // of a request under an id of ours
	answer  chan []byte // one slot: the tracker's, which the client has

	datagram []byte // guarded by association.mu; as it leaves
	sent     bool   // guarded by association.mu
	reply    []byte // guarded by association.mu; what we answered in the tracker's place

	entry   activity.Entry
	tracker bittorrent.TrackerURL
	session ledger.Key
	figure  report.Figure
	key     outage.AnswerKey
}

// mayPass is whether datagrams that nobody reads may go to a port, as with streams. Trackers may be anywhere.
func mayPass(port uint16) bool { return port == 443 || port >= 1024 }

// dispatch lets a datagram go where it is to go. A request to a tracker is known by the number that stands in every
// connect, or by the id that came with the answer to one.
func (a *association) dispatch(p place, payload []byte) {
	if p.problem == nil && !a.r.reachable(p.at) {
		return
	}
	r, ok := udptracker.ParseRequest(payload)
	if ok && r.Action == udptracker.Connect {
		a.ask(&exchange{place: p, request: r, datagram: bytes.Clone(payload)}, a.connect)
		return
	}
	if ok {
		if why, known := a.r.connections.find(connection{p.called.String(), r.Connection}); known {
			r.Announce.Tail = bytes.Clone(r.Announce.Tail)
			work := a.announce
			if r.Action == udptracker.Scrapes {
				work = a.scrape
			}
			a.ask(&exchange{place: p, request: r, standIn: why, datagram: bytes.Clone(payload)}, work)
			return
		}
	}
	if mayPass(p.called.Port) {
		a.forward(p.at, payload)
	}
}

// ask begins an exchange. The same request again, under the same transaction, is sent again as it was.
func (a *association) ask(x *exchange, work func(*exchange)) {
	x.answer = make(chan []byte, 1)
	key := asked{x.at, x.request.Transaction}
	a.mu.Lock()
	old, again := a.asked[key]
	if again && (old.reply == nil || old.request.Action == x.request.Action) {
		datagram, reply := bytes.Clone(old.datagram), old.reply
		if !old.sent || old.request.Action != x.request.Action {
			datagram = nil
		}
		a.mu.Unlock()
		if reply != nil {
			a.say(x.at, reply)
		} else if datagram != nil {
			a.forward(x.at, datagram)
		}
		return
	}
	if len(a.asked) >= maxExchanges {
		a.mu.Unlock()
		return // lost, as datagrams may be
	}
	a.asked[key] = x
	a.mu.Unlock()
	done := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.asked[key] == x {
			delete(a.asked, key)
		}
	}
	if !a.begin(func() { defer done(); work(x) }) {
		done()
	}
}

// hear takes a datagram of somebody the client wrote to. It is given on before anything is learnt from it, but for the
// id that the client is about to use.
func (a *association) hear(from netip.AddrPort, b []byte) {
	answer, ok := udptracker.ParseAnswer(b)
	if !ok {
		a.say(from, b)
		return
	}
	a.mu.Lock()
	x := a.asked[asked{from, answer.Transaction}]
	late := x != nil && x.reply != nil
	a.mu.Unlock()
	if x == nil || answer.Action != x.request.Action && answer.Action != udptracker.Failure {
		a.say(from, b)
		return
	}
	if answer.Action == udptracker.Connect {
		a.r.connections.add(connection{x.called.String(), answer.Connection}, nil)
	}
	if !late {
		a.say(from, b)
	}
	select {
	case x.answer <- bytes.Clone(b):
	default: // it was answered already
	}
}

// send lets the request go.
func (a *association) send(x *exchange) {
	a.mu.Lock()
	x.sent = true
	datagram := bytes.Clone(x.datagram)
	a.mu.Unlock()
	a.forward(x.at, datagram)
}

// replyFor answers in the tracker's place.
func (a *association) replyFor(x *exchange, reply []byte) {
	a.mu.Lock()
	x.reply = reply
	a.mu.Unlock()
	a.say(x.at, reply)
}

// await waits for the tracker's answer.
func (a *association) await(ctx context.Context, x *exchange) ([]byte, error) {
	select {
	case b := <-x.answer:
		return b, nil
	case <-ctx.Done():
		return nil, &upstream.Error{Problem: activity.ProblemTimeout, Op: "read", Err: ctx.Err()}
	}
}

// awaitLate waits for an answer that comes too late, as long as the client is there and it matters.
func (a *association) awaitLate(x *exchange) (answer []byte) {
	timer := time.NewTimer(lateTime)
	defer timer.Stop()
	select {
	case answer = <-x.answer:
	case <-timer.C:
	case <-a.ended:
	case <-a.ctx.Done():
	}
	return answer
}

// begin sets what the window and the log will say of the exchange.
func (x *exchange) begin(k activity.Kind, path string) bool {
	now := time.Now()
	var err error
	if x.tracker, err = bittorrent.NewTrackerURL("udp", x.called.String(), path); err != nil {
		return false
	}
	x.entry = activity.Entry{At: now, Kind: k, Tracker: x.tracker.Host(), Swarm: bittorrent.UnknownSwarm}
	return true
}

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

var (
	errSilent = errors.New("the tracker does not answer")
	errTurn   = errors.New("an earlier announce of this session is still on its way")
	errBefore = errors.New("an earlier announce of this session could not be delivered")
)

type awayError activity.Problem

func (e awayError) Error() string { return "not asked, since it failed three times in a row" }

// pretend gives the client an id of ours.
func (a *association) pretend(x *exchange, problem *upstream.Error) {
	id := udptracker.Connection(rand.Uint64())
	a.r.connections.add(connection{x.called.String(), id}, &standIn{problem})
	a.replyFor(x, udptracker.AppendConnected(nil, x.request.Transaction, id))
}

// answered notes that the tracker is there.
func (a *association) answered(x *exchange) {
	if a.r.Health.Answered(x.entry.Tracker, time.Now()) {
		a.r.Spool.Ring()
	}
}

// announce tells the tracker in the session's turn, else answers in its place and keeps the announce.
func (a *association) announce(x *exchange) {
	said := &x.request.Announce
	path, _, _ := strings.Cut(udptracker.Path(said.Tail), "?")
	if !x.begin(activity.Announce, path) {
		return
	}
	x.session = ledger.Key{Tracker: x.tracker.ID(), InfoHash: said.InfoHash, PeerID: said.PeerID}
	x.key = answerKey(x, path)
	x.entry.InfoHash, x.entry.Event, x.entry.Seen, x.entry.Client = said.InfoHash, said.Event, said.Counters.Uploaded, said.PeerID.Client()
	budget := answerTime
	if said.Event == bittorrent.EventStopped {
		budget = stoppedTime
	}
	ctx, cancel := context.WithDeadline(a.ctx, x.entry.At.Add(budget))
	defer cancel()
	if err := a.inTurn(ctx, x); err != nil {
		a.fallback(x, err)
		if late := a.awaitLate(x); late != nil {
			a.answered(x)
			a.r.Spool.Heard(x.session, said.Event, x.entry.At)
		}
	}
}

// answerKey is by what an answer is remembered: with the family it came over, since its peers are of that.
func answerKey(x *exchange, path string) outage.AnswerKey {
	family := "udp4"
	if x.at.Addr().Is6() {
		family = "udp6"
	}
	u, err := bittorrent.NewTrackerURL(family, x.called.String(), path)
	if err != nil {
		u = x.tracker
	}
	return outage.AnswerKey{Tracker: u.ID(), InfoHash: x.request.Announce.InfoHash}
}

// inTurn tells an announce after what the tracker must hear before it, one of a session at a time. The error is why it
// was not answered.
func (a *association) inTurn(ctx context.Context, x *exchange) *upstream.Error {
	if !a.r.Turns.Take(ctx, x.session) {
		a.account(x)
		return &upstream.Error{Problem: activity.ProblemTimeout, Op: "wait", Err: errTurn}
	}
	defer a.r.Turns.Release(x.session)
	a.account(x)
	host := x.entry.Tracker
	if p, away := a.r.Health.Away(host); away {
		return &upstream.Error{Problem: activity.ProblemAway, Op: "dial", Err: awayError(p)}
	}
	if x.standIn != nil {
		if p := x.standIn.problem; p.Problem != activity.ProblemAway {
			a.r.Health.Failed(host, p.Problem, time.Now())
		}
		return x.standIn.problem
	}
	for _, k := range a.r.Spool.Before(x.session, x.entry.Event, x.figure.Reported) {
		if k.Again.After(time.Now()) || !a.r.Courier.Deliver(ctx, k.ID) {
			return &upstream.Error{Problem: activity.ProblemAway, Op: "deliver", Err: errBefore}
		}
	}
	a.send(x)
	answer, err := a.await(ctx, x)
	if err != nil {
		if !errors.Is(a.ctx.Err(), context.Canceled) { // else we are being stopped
			a.r.Health.Failed(host, activity.ProblemTimeout, time.Now())
		}
		return upstream.Classify("read", err)
	}
	a.learn(x, answer)
	return nil
}

// account decides the figure. It is done in the session's turn, so that figures leave in the order in which they grew.
func (a *association) account(x *exchange) {
	f := a.r.Accountant.Announce(x.tracker, x.request.Announce.Announce, x.entry.At)
	x.figure = f
	x.entry.Reported, x.entry.New, x.entry.Held, x.entry.Factor, x.entry.Reason = f.Reported, f.New, f.Held, f.Factor, f.Reason
	a.mu.Lock()
	defer a.mu.Unlock()
	udptracker.PutUploaded(x.datagram, f.Reported)
}

// learn reads the tracker's answer, which the client has already.
func (a *association) learn(x *exchange, b []byte) {
	a.answered(x)
	answer, _ := udptracker.ParseAnswer(b)
	x.entry.Interval, x.entry.Swarm, x.entry.Failure = answer.Interval, answer.Swarm, answer.Reason
	x.entry.Took = time.Since(x.entry.At)
	a.r.Spool.Heard(x.session, x.entry.Event, x.entry.At)
	if answer.Action == udptracker.Announces {
		a.r.Answers.Keep(x.key, b, time.Now())
	}
	a.finish(x)
}

// fallback answers in the tracker's place, and keeps the announce.
func (a *association) fallback(x *exchange, f *upstream.Error) {
	x.entry.Problem, x.entry.Detail = f.Problem, f.Error()
	a.keep(x)
	x.entry.Outcome = activity.Failed
	reply := bytes.Clone(a.r.Answers.Last(x.key, time.Now()))
	if r, ok := udptracker.ParseAnswer(reply); ok && r.Action == udptracker.Announces {
		x.entry.Outcome = activity.Cached
		udptracker.PutTransaction(reply, x.request.Transaction)
	} else {
		reply = refusal(x, f.Problem)
	}
	a.replyFor(x, reply)
	x.entry.Took = time.Since(x.entry.At)
	a.finish(x)
}

// refusal is an answer in words.
func refusal(x *exchange, p activity.Problem) []byte {
	words := "the tracker did not answer in time"
	switch p {
	case activity.ProblemDNS:
		words = "the tracker's name does not resolve"
	case activity.ProblemAway:
		words = "the tracker is away and will be tried again soon"
	}
	return udptracker.AppendFailure(nil, x.request.Transaction, "BittOratio: "+words)
}

// keep puts the announce into the spool.
func (a *association) keep(x *exchange) {
	a.mu.Lock()
	request, sent := bytes.Clone(x.datagram), x.sent
	a.mu.Unlock()
	udptracker.PutConnection(request, 0, 0) // it will go under others
	k := outage.Kept{
		Key: x.session, Host: x.entry.Tracker, Scheme: "udp", Address: x.tracker.Address(), Event: x.entry.Event,
		Request: request, Figure: x.figure.Reported, Said: x.entry.At, Due: x.figure.Due, Problem: x.entry.Problem,
	}
	if sent {
		k.Again = time.Now().Add(outage.SameEvent)
	}
	a.r.Dropped(a.r.Spool.Keep(k))
}

// finish tells the ledger's status, the window and the log that the exchange is over.
func (a *association) finish(x *exchange) {
	e := &x.entry
	if e.Kind == activity.Announce {
		a.r.Accountant.Answered(x.session, e.Client, report.Status{
			Outcome: e.Outcome, Problem: e.Problem, Swarm: e.Swarm, Interval: e.Interval, Failure: e.Failure, At: e.At.Add(e.Took),
		})
	}
	a.r.Note(*e)
}

// scrape asks a tracker about torrents, and shows what it says. A client whose tracker is silent need not wait for it.
func (a *association) scrape(x *exchange) {
	if !x.begin(activity.Scrape, "") {
		return
	}
	if hashes := x.request.Hashes; len(hashes) == 1 {
		x.entry.InfoHash = hashes[0]
	}
	if x.standIn != nil {
		x.entry.Problem, x.entry.Outcome, x.entry.Detail = x.standIn.problem.Problem, activity.Failed, x.standIn.problem.Error()
		a.replyFor(x, refusal(x, x.entry.Problem))
		a.finish(x)
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, answerTime)
	defer cancel()
	a.send(x)
	b, err := a.await(ctx, x)
	x.entry.Took = time.Since(x.entry.At)
	if err != nil {
		x.entry.Problem, x.entry.Outcome, x.entry.Detail = activity.ProblemTimeout, activity.Failed, err.Error()
		a.finish(x)
		return
	}
	a.answered(x)
	answer, _ := udptracker.ParseAnswer(b)
	x.entry.Failure = answer.Reason
	files := map[bittorrent.InfoHash]bittorrent.Swarm{}
	for i, h := range x.request.Hashes[:min(len(x.request.Hashes), len(answer.Swarms))] {
		files[h] = answer.Swarms[i]
	}
	a.r.Accountant.Scraped(x.entry.Tracker, files)
	if swarm, ok := files[x.entry.InfoHash]; ok {
		x.entry.Swarm = swarm
	}
	a.finish(x)
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
