package report

import (
	"cmp"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// Total is the upload total to send to the tracker, and the reason for it.
type Total struct {
	ledger.Change
	Key      ledger.Key
	Reported uint64 // bytes
	Grown    uint64 // bytes by which Reported grew; 0 if a session begins
	Factor   policy.Factor
	Own      bool      // Factor is the torrent's or the tracker's own, not the global one
	ID       string    // of the session, as in Session; empty in a run without a window
	Due      time.Time // the end of the tracker's min interval; BittOratio itself sends nothing earlier; zero if none
}

// Announce decides the total and records it. It cannot fail: if the journal cannot be written, the new bytes count at
// factor 1 (rule 10), and Trouble returns the error. Announces of one session must be made one after the other. A stuck
// disk delays announces, but nothing else.
func (r *Reporter) Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) Total {
	k := ledger.Key{Tracker: u.ID(), InfoHash: a.InfoHash, PeerID: a.PeerID}
	d := decision{key: k, announce: a, now: now}
	r.mu.Lock()
	for r.waits(u, k) {
		r.decided.Wait()
	}
	r.deciding[k] = 0
	r.begin(&d, u)
	r.decide(&d, r.rule(d.tracker, cmp.Or(d.old, d.from), a.InfoHash, now))
	r.mu.Unlock()

	err := r.append(&d)
	r.mu.Lock()
	if r.trouble = err; err != nil {
		r.behind = true
		r.release(&d)
		r.decide(&d, policy.Rule{Factor: policy.One})
		if d.change.Reason == exchange.ReasonMultiplied {
			d.change.Reason = exchange.ReasonDisk
		}
	}
	f := r.store(&d)
	delete(r.deciding, k)
	r.decided.Broadcast()
	r.mu.Unlock()
	return f
}

// decision is one announce before it is in the ledger. The session does not change until the journal has it.
type decision struct {
	key      ledger.Key
	announce bittorrent.Announce
	now      time.Time

	old     *session // nil at first sight
	from    *session // the session from which it takes over at first sight; nil if there is none
	tracker *tracker
	before  ledger.Session
	counted bool // before is known from the ledger, from what was recovered, or from another path

	rule   policy.Rule
	next   ledger.Session
	change ledger.Change
	grown  uint64 // growth of the total; reserved of the ceilings

	globalMark, trackerMark uint64
}

// decide computes the session's next state by a rule, and reserves its growth, so that sessions that are decided at the
// same time do not use the same part of a ceiling. The caller holds mu.
func (r *Reporter) decide(d *decision, rule policy.Rule) {
	d.rule = rule
	d.next, d.change = d.before.Announce(d.announce, d.counted, rule, d.now)
	d.grown = 0
	if d.change.Reason != exchange.ReasonNew && d.change.Reason != exchange.ReasonRestart { // a session's first total is not growth
		d.grown = d.next.Reported - d.before.Reported
	}
	r.spent += d.grown
	d.tracker.spent += d.grown
	growth := d.next.Reported
	if d.old != nil {
		growth -= d.old.Reported
	}
	r.reserve(d.key, growth)
	d.globalMark, d.trackerMark = r.spent, d.tracker.spent
}

// release cancels decide's reservations. The caller holds mu.
func (r *Reporter) release(d *decision) {
	r.spent -= d.grown
	d.tracker.spent -= d.grown
	r.reserve(d.key, 0)
}

// store makes a decision the session's state. The caller holds mu.
func (r *Reporter) store(d *decision) Total {
	all := r.totals
	var pause int64
	if d.old != nil {
		pause = d.next.Last - d.old.Last
	}
	r.reserve(d.key, 0) // put adds it now
	s := r.put(d.key, d.next, d.tracker)
	s.announced = d.now
	s.status.Reason = d.change.Reason
	r.open(s, d)
	s.pause = pause
	s.globalMark, s.trackerMark = d.globalMark, d.trackerMark
	s.total = Total{Change: d.change, Key: d.key, Reported: d.next.Reported, Grown: d.grown, Factor: d.rule.Factor, Own: d.rule.Own}
	if !r.noHistory {
		s.total.ID = s.name()
	}
	// A date more than a day ahead comes from a clock that was set back since then, and would hold an announce until it
	// is dropped.
	if due := time.UnixMilli(s.due); s.due > 0 && due.Sub(d.now) < 24*time.Hour {
		s.total.Due = due
	}
	if d.grown > 0 {
		grown := minus(r.totals, all)
		r.day.Add(d.now, grown.Seen, grown.Reported, d.rule.Own)
	}
	return s.total
}

// append writes a decision to the journal. The caller does not hold mu, because append may wait for the disk.
func (r *Reporter) append(d *decision) error {
	record := r.records.Get().(*[]byte)
	defer r.records.Put(record)
	*record = ledger.AppendRecord((*record)[:0], d.key, &d.next, d.tracker.host)
	return r.journal.Append(*record)
}

// put stores a session; the caller holds mu.
func (r *Reporter) put(k ledger.Key, next ledger.Session, t *tracker) *session {
	s, ok := r.sessions[k]
	if !ok {
		s = &session{key: k, torrent: r.torrent(torrentOf(t, k)), status: Status{Swarm: bittorrent.UnknownSwarm}}
		s.torrent.sessions = append(s.torrent.sessions, s)
		r.sessions[k] = s
		r.order = append(r.order, s)
	}
	r.count(s.torrent, s.Sums(), next.Sums())
	if r.reported != nil {
		r.reported[s.shared()] += next.Reported - s.Reported
	}
	s.Session = next
	r.touch(s)
	return s
}
