// Package ledger is the arithmetic of totals: what a client announced, what was reported to the tracker, and the rules
// between them. It is pure: the time is a parameter, and nothing here uses the disk or a socket.
//
// The laws, within a session: Reported never falls; Reported is never below Seen; the same announce twice reports the
// same total; a changed factor applies to later upload only.
package ledger

import (
	"math"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// MaxReported is the largest reported total: some trackers use signed 64-bit numbers.
const MaxReported = math.MaxInt64

// Key is one session: one client process sharing one torrent on one tracker address.
type Key struct {
	Tracker  bittorrent.TrackerID
	InfoHash bittorrent.InfoHash
	PeerID   bittorrent.PeerID
}

// Session is what is known about one session. Sizes are in bytes.
type Session struct {
	Seen     uint64 // uploaded, as the client last announced it
	Reported uint64 // uploaded, as reported to the tracker; never below Seen
	Carry    uint16 // thousandths of a byte left by the last multiplication, 0 to 999
	First    int64  // Unix milliseconds of the first announce
	Last     int64  // Unix milliseconds of the last announce
	Event    bittorrent.Event
	Left     uint64

	Downloaded uint64        // as the client last announced it
	Base       exchange.Sums // the three totals when the session began, which Sums leaves out
	Carried    exchange.Sums // of the session's earlier counts, and of dropped sessions whose sums it has

	Origin bittorrent.TrackerID // see [bittorrent.TrackerURL.Origin]; zeros until the next announce if an earlier version wrote it
}

// TakenOver returns a new session that continues from both totals of s, which stays as it is. What was reported before
// does not count in the new session's Sums.
func (s Session) TakenOver(now time.Time) Session {
	s.First, s.Base, s.Carried = max(0, now.UnixMilli()), exchange.Sums{Seen: s.Seen, Reported: s.Reported, Downloaded: s.Downloaded}, exchange.Sums{}
	return s
}

// Raised returns s after an announce of another session has reached its tracker by a redirect: its totals are at least
// those of the other session, and its Sums do not change. restart is true if the other session began with that
// announce, at a lower total than s has seen: then s begins there too.
func (s Session) Raised(to *Session, restart bool) Session {
	next := s
	if next.Last = max(s.Last, to.Last); restart && to.Seen < s.Seen {
		next.Carried = s.Sums()
		next.Seen, next.Reported, next.Carry, next.Downloaded = to.Seen, to.Reported, to.Carry, to.Downloaded
		next.Base = exchange.Sums{Seen: to.Seen, Reported: to.Reported, Downloaded: to.Downloaded}
		return next
	}
	next.Seen, next.Reported = max(s.Seen, to.Seen), max(s.Reported, to.Reported)
	base := s.Base.Add(exchange.Sums{Seen: next.Seen - s.Seen, Reported: next.Reported - s.Reported})
	next.Base.Seen, next.Base.Reported = base.Seen, base.Reported
	return next
}

// Sums returns what the session uploaded, reported and downloaded since first sight, including counts before restarts.
func (s *Session) Sums() exchange.Sums {
	return s.Carried.Add(exchange.Sums{
		Seen: s.Seen - min(s.Base.Seen, s.Seen), Reported: s.Reported - min(s.Base.Reported, s.Reported), Downloaded: s.Downloaded - min(s.Base.Downloaded, s.Downloaded),
	})
}

// begin makes the session start with the client's present totals.
func (s *Session) begin(c *bittorrent.Counters) {
	s.Seen, s.Reported, s.Carry = c.Uploaded, c.Uploaded, 0
	s.Downloaded = c.Downloaded
	s.Base = exchange.Sums{Seen: c.Uploaded, Reported: c.Uploaded, Downloaded: c.Downloaded}
}

// Change is what one announce changed in a session.
type Change struct {
	New    uint64 // bytes that the client uploaded since its last announce
	Held   uint64 // bytes of credit that a guard dropped
	Reason exchange.Reason
}

// Announce returns the session after an announce (rules 1 to 8 of the ledger). known is false at first sight.
func (s Session) Announce(a bittorrent.Announce, known bool, rule policy.Rule, now time.Time) (Session, Change) {
	u := a.Counters.Uploaded
	at := max(0, now.UnixMilli()) // records have no time before 1970
	next := s
	next.Last, next.Event, next.Left = at, a.Event, a.Counters.Left
	switch {
	case !known:
		next.First = at
		next.begin(&a.Counters)
		return next, Change{Reason: exchange.ReasonNew}
	case u < s.Seen && a.Event == bittorrent.EventStarted:
		next.Carried = s.Sums()
		next.begin(&a.Counters)
		return next, Change{Reason: exchange.ReasonRestart}
	case u < s.Seen:
		// A late retry, or two connections that overtook each other: the session itself has not changed.
		s.Last = at
		return s, Change{Reason: exchange.ReasonStale}
	}
	next.Downloaded = max(s.Downloaded, a.Counters.Downloaded)
	if u == s.Seen {
		return next, Change{Reason: exchange.ReasonSame}
	}
	c := Change{New: u - s.Seen, Reason: exchange.ReasonMultiplied}
	next.Seen = u
	added, carry, ok := rule.Factor.Times(c.New, s.Carry)
	if !ok {
		added = math.MaxUint64
	}
	if limit, why := guard(rule, &s, &a.Counters, at); added > max(limit, c.New) { // the client's own upload always counts
		limit = max(limit, c.New)
		c.Held, added, carry = added-limit, limit, 0
		c.Reason = why
	}
	if left := MaxReported - s.Reported; added > left {
		added, carry = left, 0
		c.Reason = exchange.ReasonLimit
	}
	next.Reported, next.Carry = s.Reported+added, carry
	return next, c
}

// guard returns by how much the guards allow a total to grow, and which guard is the tightest. at is in Unix
// milliseconds.
func guard(rule policy.Rule, s *Session, c *bittorrent.Counters, at int64) (limit uint64, why exchange.Reason) {
	if rule.Alone {
		return 0, exchange.ReasonAlone
	}
	limit, why = rule.Global.Room(s.Last, at), exchange.ReasonCeiling
	if own := rule.Tracker.Room(s.Last, at); own < limit {
		limit, why = own, exchange.ReasonTracker
	}
	room, known := rule.Stop.Room(s.Reported, c.Downloaded, c.Left)
	switch {
	case !known:
		return 0, exchange.ReasonNoSize
	case room < limit:
		return room, exchange.ReasonRatio
	}
	return limit, why
}
