package announce

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// Accountant decides what is reported to a tracker. The program uses report.Reporter.
type Accountant interface {
	Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) report.Total
	Followed(k ledger.Key, to bittorrent.TrackerURL, restart bool, now time.Time) (least uint64)
	Moved(k ledger.Key, to bittorrent.TrackerURL, now time.Time)
	Answered(k ledger.Key, e *exchange.Entry)
	Scraped(host string, files map[bittorrent.InfoHash]bittorrent.Swarm)
}

// Parts are what the desk needs; none may be missing.
type Parts struct {
	Accountant Accountant
	Answers    *Answers
	Health     *Health
	Spool      *Spool
	Turns      *Gate[ledger.Key] // one request of a session at a time
	Deliverer  *Deliverer
	Log        *slog.Logger
	Note       func(exchange.Entry) // called with every exchange that has ended
	Changed    func()               // called when the spool has changed without the end of an exchange
	Recovered  func()               // deferred by every goroutine: keeps a fault in one exchange from ending all others
	Patience   Patience
}

// maxPerHost is the most announces and scrapes in flight to one tracker. Clients with hundreds of torrents announce all
// of them at once, and trackers limit connections. libtorrent has the same limit, 50.
const maxPerHost = 50

// Desk decides how each announce proceeds, by whichever way it came: turn, total, away?, pending announces first, send,
// learn. If the tracker does not answer, the desk answers from the cache, and the announce is pending. It is safe for
// concurrent use.
type Desk struct {
	Parts
	places     *Gate[string] // of requests in flight, by tracker
	duplicates *duplicates
	join       atomic.Bool
	background background
}

// NewDesk returns a desk that serves at once.
func NewDesk(p Parts) *Desk {
	return &Desk{Parts: p, places: NewGate[string](maxPerHost), duplicates: newDuplicates()}
}

// SetJoinDuplicates sets whether a duplicate gets the first announce's answer.
func (d *Desk) SetJoinDuplicates(on bool) { d.join.Store(on) }

// arrival is an order's place among the others of its session.
type arrival struct {
	arrived bool
	flight  *flight         // of the announce and its duplicates; nil if they are not joined
	mine    bool            // flight is this order's own
	done    <-chan struct{} // closed when the flight ends; nil if it has ended
	ticket  Ticket          // for the session's turn; not for a duplicate
}

// Arrive gives an announce its place among the others of its session and returns at once: announces are sent in the
// order in which they arrived. The caller must then call Serve or Withdraw.
func (d *Desk) Arrive(o *Order) {
	if o.arrived || o.Scrape() {
		return
	}
	o.arrived, o.mine = true, true
	if d.join.Load() {
		o.flight, o.done, o.mine = d.duplicates.join(o.Session, o.Identity, o.Entry.At)
	}
	if o.mine {
		o.ticket = d.Turns.Join(o.Session)
	}
}

// Withdraw releases the place of an order that has arrived and will not be served.
func (d *Desk) Withdraw(o *Order) {
	if !o.arrived || !o.mine {
		return
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if d.Turns.Wait(ended, o.Session, o.ticket) {
		d.Turns.Leave(o.Session)
	}
	d.land(o, nil, false)
}

// Serve carries out an order. When it returns, the client has an answer.
func (d *Desk) Serve(ctx context.Context, o *Order, w Way) {
	d.Arrive(o)
	defer d.land(o, nil, false) // for an order that ends by a fault of this program
	o.Until = o.Entry.At.Add(d.patience(o))
	switch {
	case o.Scrape():
		w.Report(o)
		if p, away := d.away(ctx, o, w); away {
			d.fallback(o, w, awayFault(p))
		} else {
			d.send(ctx, o, w)
		}
	case !o.mine && d.share(ctx, o, w):
	case !o.mine: // the first announce had no answer to share
		o.ticket = d.Turns.Join(o.Session)
		d.inTurn(ctx, o, w)
	default:
		d.inTurn(ctx, o, w)
	}
}

// inTurn sends an announce in its session's turn.
func (d *Desk) inTurn(ctx context.Context, o *Order, w Way) {
	if !d.waitTurn(ctx, o) {
		d.decide(o, w)
		d.fallback(o, w, &Fault{Problem: exchange.ProblemTimeout, Err: errTurn, Dialled: true})
		return
	}
	held := true
	defer func() {
		if held {
			d.Turns.Leave(o.Session)
		}
	}()
	d.decide(o, w)
	if rest := d.deliver(ctx, o, w); rest != nil {
		held = false
		d.carryOn(*o, rest)
		o.flight = nil // the copy has it
	}
}

// waitTurn waits while another request of the session is in flight. It reports whether the order now has the turn, which
// it has not if the client's patience ended first.
func (d *Desk) waitTurn(ctx context.Context, o *Order) bool {
	if o.ticket.turn == nil {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, o.Until)
	defer cancel()
	return d.Turns.Wait(ctx, o.Session, o.ticket)
}

// decide decides the total, and lets the way make the request with it. The caller has the session's turn, so that
// announces are sent in the order in which their totals grew.
func (d *Desk) decide(o *Order, w Way) {
	o.DecidedAt = time.Now()
	o.Total = d.Accountant.Announce(o.Ledger, o.Announce, o.Entry.At)
	if o.Tracker.ID() != o.Ledger.ID() {
		least := d.Accountant.Followed(o.Total.Key, o.Tracker, o.Announce.Event == bittorrent.EventStarted, o.Entry.At)
		o.Total.Reported = max(o.Total.Reported, least)
	}
	e, f := &o.Entry, &o.Total
	e.Reported, e.New, e.Held, e.Grown, e.Session = f.Reported, f.New, f.Held, f.Grown, f.ID
	e.Factor, e.Own, e.Reason = f.Factor, f.Own, f.Reason
	w.Report(o)
}

// deliver sends an announce, after the pending ones that the tracker must receive before it; the caller has the
// session's turn. It returns the rest of the exchange if the client's patience ended first.
func (d *Desk) deliver(ctx context.Context, o *Order, w Way) Rest {
	if d.tooEarly(o, w) {
		return nil
	}
	if p, away := d.away(ctx, o, w); away {
		d.fallback(o, w, awayFault(p))
		return nil
	}
	if !d.deliverPending(ctx, o) {
		d.fallback(o, w, &Fault{Problem: exchange.ProblemAway, Err: errBefore, Dialled: true})
		return nil
	}
	return d.send(ctx, o, w)
}

// away reports whether an order is answered in place of its tracker, which is away, and for what problem. If no answer is
// cached, it first waits for the probe in flight: the tracker may be back.
func (d *Desk) away(ctx context.Context, o *Order, w Way) (exchange.Problem, bool) {
	key := o.Tracker.HealthKey()
	if _, away := d.Health.Away(key); !away {
		return 0, false
	}
	raw := d.Answers.Last(o.Cache, o.Entry.At)
	p, away, tried := d.Health.AwayOrProbe(key, raw != nil && w.CanReplay(raw), time.Now())
	if tried == nil {
		return p, away
	}
	ctx, cancel := context.WithDeadline(ctx, d.soon(o))
	defer cancel()
	select {
	case <-tried:
		return d.Health.Away(key)
	case <-ctx.Done():
		return p, away
	}
}

// tooEarly answers an announce from the cache if its tracker would refuse it as too early, because the session's last
// one was delivered late. The client gets the interval that is left, and its next announce has the total. It reports
// whether it has answered.
func (d *Desk) tooEarly(o *Order, w Way) bool {
	now := time.Now()
	left := d.Deliverer.late.left(o, now)
	if left == 0 {
		return false
	}
	raw := d.Answers.Last(o.Cache, now)
	if raw == nil || !w.CanReplay(raw) {
		return false
	}
	o.Entry.Outcome, o.Entry.Detail = exchange.OutcomeCached, errEarly.Error()
	o.Entry.Interval = max(left, time.Minute)
	w.Replay(w.Defer(raw, o.Entry.Interval))
	o.Entry.Took = time.Since(o.Entry.At)
	d.finish(o, w)
	d.land(o, nil, false)
	return true
}

// deliverPending delivers what the tracker must receive first, and reports whether it did.
func (d *Desk) deliverPending(ctx context.Context, o *Order) bool {
	pending := d.Spool.Before(o.Session, o.Announce.Event, o.Total.Reported)
	if len(pending) == 0 {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, o.Until)
	defer cancel()
	for _, k := range pending {
		now := time.Now()
		unanswered := k.Problem != exchange.ProblemStatus && k.Problem != exchange.ProblemAnswer && !k.Problem.Forbidden() && !k.Problem.Unfit()
		rested := !k.Tried.IsZero() && now.Sub(k.Tried) >= ResendDelay && !k.Problem.Forbidden()
		switch {
		case !k.Again.After(now), k.Problem == exchange.ProblemStatus: // a 5xx: the event is not a repetition
		case rested: // the pauses between tries protect a failing tracker, but now the client waits
		case unanswered:
			return false // it may have arrived, and trackers refuse the same event if it comes at once
		default:
			return d.overtake(o)
		}
		if r := d.Deliverer.Deliver(ctx, k.ID); !r.Delivered {
			return o.mayOvertake(r) && d.overtake(o)
		}
	}
	return true
}

// mayOvertake reports whether the order may be sent before a pending event whose delivery just failed, because the
// tracker may refuse only that event, for up to a day. After a server error or a broken connection, `stopped` may not:
// if the event arrived after it, the client would be a peer again.
func (o *Order) mayOvertake(r Result) bool {
	if r.Problem.Forbidden() || r.Problem.Unfit() || r.Reached && r.Problem == exchange.ProblemAnswer {
		return true
	}
	broke := r.MayHaveArrived && r.Problem == exchange.ProblemReset
	return (r.Reached || broke) && o.Announce.Event != bittorrent.EventStopped
}

// overtake lets an announce be sent before the pending events of its session if these cannot be delivered now although
// the tracker answers: then the client sees the tracker's answer. It raises the pending events' totals to what the
// tracker is about to receive. It always returns true.
func (d *Desk) overtake(o *Order) bool {
	d.Spool.Raise(o.Session, o.Total.Reported)
	return true
}

// send sends the order, and learns from the tracker's answer after the client has it.
func (d *Desk) send(ctx context.Context, o *Order, w Way) Rest {
	answer, err := d.sendInPlace(ctx, o, w)
	if err == nil {
		d.learn(o, w, &answer)
		return nil
	}
	f := faultOf(err)
	d.countFault(ctx, o, f)
	switch {
	case f.Answered:
		d.land(o, nil, false)
		return nil
	case f.Begun: // a client that got part of an answer announces again, so nothing is pending
		o.Entry.Problem, o.Entry.Detail = f.Problem, f.Error()
		d.finish(o, w)
		d.land(o, nil, false)
		return nil
	}
	rest := f.Rest
	d.fallback(o, w, f)
	return rest
}

// countFault records a fault in the tracker's health. It ignores a failed scrape at a tracker that was reached, because
// many trackers have no scrape, and a reset or a 5xx, whose cause may be only one torrent.
func (d *Desk) countFault(ctx context.Context, o *Order, f *Fault) {
	key, now := o.Tracker.HealthKey(), time.Now()
	switch {
	case f.Counted, f.Cut, errors.Is(ctx.Err(), context.Canceled):
	case f.Reached:
		d.MarkUp(o, now)
	case f.Dialled:
		d.Health.FailedDial(key, f.Problem, now)
	case f.Problem == exchange.ProblemTimeout && !o.Scrape():
		d.Health.Silent(key, o.Announce.InfoHash, now)
	}
}

// sendInPlace sends with one of the tracker's places. If all are taken for long, it sends without one, so that queueing
// never makes an announce fail.
func (d *Desk) sendInPlace(ctx context.Context, o *Order, w Way) (Answer, error) {
	if d.places.TryEnter(o.Entry.Tracker) || d.queue(ctx, o) {
		defer d.places.Leave(o.Entry.Tracker)
	}
	return d.sendPatiently(ctx, o, w)
}

// queue waits for one of the tracker's places, and reports whether it got one.
func (d *Desk) queue(ctx context.Context, o *Order) bool {
	ctx, cancel := context.WithTimeout(ctx, d.Patience.Queue)
	defer cancel()
	return d.places.Enter(ctx, o.Entry.Tracker)
}

// sendPatiently sends. If no answer is cached, it tries an unreachable tracker again while the client waits: two
// failures in a row would silence some clients for minutes. It does so no longer than soon, and not after the client has
// left.
func (d *Desk) sendPatiently(ctx context.Context, o *Order, w Way) (Answer, error) {
	for pause := time.Second; ; pause *= 2 {
		answer, err := w.Send(ctx, o)
		if err == nil {
			return answer, nil
		}
		f := faultOf(err)
		if !f.Dialled || f.Lasting || f.Rest != nil || ctx.Err() != nil || w.Gone() || d.Answers.Last(o.Cache, time.Now()) != nil ||
			time.Until(d.soon(o)) < pause+100*time.Millisecond {
			return answer, f
		}
		d.Health.Redials(o.Tracker.HealthKey())
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return answer, f
		}
	}
}

// share answers a duplicate with the first one's answer, and reports whether it could.
func (d *Desk) share(ctx context.Context, o *Order, w Way) bool {
	raw := o.flight.wait(ctx, o.done, o.Until)
	if raw == nil || !w.CanReplay(raw) {
		return false
	}
	d.decide(o, w)
	o.flight.result.note(&o.Entry)
	o.Entry.Outcome = o.flight.result.outcome
	w.Replay(raw)
	o.Entry.Took = time.Since(o.Entry.At)
	d.finish(o, w)
	return true
}

// land ends the flight of an announce that is not a duplicate: its duplicates get raw. The announce is finished before, so
// that its entry precedes theirs.
func (d *Desk) land(o *Order, raw []byte, shared bool) {
	if o.flight != nil && o.mine {
		d.duplicates.end(o.Session, o.flight, raw, &o.Entry, shared, time.Now())
		o.flight = nil
	}
}

var (
	errEarly  = errors.New("the tracker received the last announce late, and would refuse this one as too early")
	errTurn   = errors.New("an earlier announce of this session is still on its way")
	errBefore = errors.New("an earlier announce of this session could not be delivered")
)

// awayFault returns the fault of a tracker that is away, to which nothing was sent.
func awayFault(p exchange.Problem) *Fault {
	return &Fault{Problem: exchange.ProblemAway, Err: awayError(p), Dialled: true}
}

type awayError exchange.Problem

func (e awayError) Error() string {
	return "dial: not asked, since it failed three times in a row: " + Words(exchange.Problem(e))
}
