package announce

import (
	"bytes"
	"cmp"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// learn records the content of an answer, which the client already has.
func (d *Desk) learn(o *Order, w Way, a *Answer) {
	now := time.Now()
	d.MarkUp(o, now)
	o.Entry.Took = a.Took
	takeAnswer(&o.Entry, a)
	if o.Scrape() && a.Files != nil {
		d.Accountant.Scraped(o.Entry.Tracker, a.Files)
		if swarm, ok := a.Files[o.Entry.InfoHash]; ok {
			o.Entry.Swarm = swarm
		}
	}
	if a.Delivered && !o.Scrape() {
		d.Deliverer.late.forget(o.Session)
		d.Spool.Supersede(o.Session, o.Announce.Event, o.DecidedAt)
	}
	if !o.Scrape() && !a.Aside && (a.Pends || !a.Delivered && o.Announce.Event.MustArrive()) {
		d.pend(o, w, cmp.Or(a.Problem, exchange.ProblemAnswer))
	}
	raw := a.Raw
	switch {
	case !a.Good || a.Known:
	case !o.Scrape() && o.Announce.Event == bittorrent.EventStopped: // that answer has no peers, so it must not be cached
		raw = bytes.Clone(a.Raw)
	default:
		raw = d.Answers.Keep(o.Cache, a.Raw, now)
		if !o.Scrape() && raw != nil {
			d.Answers.Read(o.Cache, raw, a.AnnounceResponse)
		}
	}
	d.finish(o, w)
	d.land(o, raw, a.Failure == "" && !a.Pends)
}

// MarkUp records that the order's tracker has answered something.
func (d *Desk) MarkUp(o *Order, now time.Time) {
	key := o.Tracker.HealthKey()
	d.Spool.Answered(key, d.Health.MarkUp(key, now), now)
}

// takeAnswer copies into the entry what the window and the log show of an answer.
func takeAnswer(e *exchange.Entry, a *Answer) {
	e.Status, e.Interval, e.MinInterval, e.Swarm = a.Status, a.Interval, a.MinInterval, a.Swarm
	e.Failure, e.Warning, e.Problem, e.Detail = a.Failure, a.Warning, a.Problem, a.Detail
}

// fallback answers in place of the tracker, and makes the announce pending. The announce is on the disk before the
// client gets the answer. If the client will announce there itself, it gets an error, so that it does so soon, and
// nothing is pending.
func (d *Desk) fallback(o *Order, w Way, f *Fault) {
	o.Entry.Problem, o.Entry.Detail = f.Problem, f.Error()
	if !o.Scrape() && !f.Aside {
		if f.Delivered {
			d.Spool.Supersede(o.Session, o.Announce.Event, o.DecidedAt)
		} else {
			d.pend(o, w, f.Problem)
		}
	}
	raw := d.Answers.Last(o.Cache, time.Now())
	if raw != nil && !f.Aside && w.CanReplay(raw) {
		o.Entry.Outcome = exchange.OutcomeCached
		w.Replay(raw)
	} else {
		o.Entry.Outcome = exchange.OutcomeFailed
		raw = w.Fail(f.Problem)
	}
	o.Entry.Took = time.Since(o.Entry.At)
	d.finish(o, w)
	if f.Rest == nil {
		d.land(o, raw, false)
	}
}

// pend puts an announce into the spool.
func (d *Desk) pend(o *Order, w Way, p exchange.Problem) {
	k := Pending{
		Key: o.Session, Host: o.Entry.Tracker, Scheme: o.Tracker.Scheme(), Address: o.Tracker.Address(), Fence: o.Fence, Event: o.Announce.Event,
		Request: w.Pending(o), Seen: o.Announce.Counters.Uploaded, Reported: o.Total.Reported, DecidedAt: o.DecidedAt, Due: o.Total.Due, Attempts: Attempts{Problem: p},
	}
	if o.Sent {
		k.Again = time.Now().Add(ResendDelay)
	}
	if dropped := d.Spool.Add(k); dropped.ID != 0 {
		d.Log.Warn("too many pending announces; the oldest was dropped", "tracker", dropped.Host,
			"info_hash", dropped.Key.InfoHash.String(), "event", dropped.Event.String(), "reported", dropped.Reported)
	}
}

// finish records that the client's part of the exchange has ended: in the ledger's status, the window and the log.
func (d *Desk) finish(o *Order, w Way) {
	w.Finish(&o.Entry)
	if !o.Scrape() {
		d.Accountant.Answered(o.Session, &o.Entry)
	}
	d.Note(o.Entry)
}
