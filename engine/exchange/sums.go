package exchange

import (
	"math"
	"time"

	"bittoratio/engine/report/policy"
)

// Sums are totals over all counts of a session, or over all sessions of a torrent on a tracker, in bytes.
type Sums struct{ Seen, Reported, Downloaded uint64 }

// Add returns the sum of both. It stops at the largest number instead of wrapping.
func (a Sums) Add(b Sums) Sums {
	return Sums{sum(a.Seen, b.Seen), sum(a.Reported, b.Reported), sum(a.Downloaded, b.Downloaded)}
}

func sum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// Day has the sums of one day.
type Day struct {
	Day       string `json:"day"` // 20060102, in the computer's own time zone
	Exchanges uint64 `json:"n"`
	Failed    uint64 `json:"bad"`  // of them, those without an answer of the tracker
	Seen      uint64 `json:"seen"` // bytes by which clients' own totals grew
	Reported  uint64 `json:"told"` // bytes by which trackers' totals grew
}

// Add counts an exchange.
func (d *Day) Add(e *Entry) {
	d.Exchanges++
	if e.Outcome == OutcomeFailed || e.Outcome == OutcomeCached {
		d.Failed++
	}
	if e.Kind == KindAnnounce && !e.Duplicate {
		d.Seen += e.New
		d.Reported += e.Grown
	}
}

// LastDay has the upload of the last 24 hours, in bytes.
type LastDay struct {
	Seen     uint64 // uploaded by clients
	Reported uint64 // by how much the totals reported to trackers grew
	Follows  uint64 // part of Seen, in sessions with the global factor
	Fixed    uint64 // part of Reported, in sessions with their own factor
	Since    time.Time
}

// At returns what would have been reported to trackers in that time with the global factor f, without guards.
func (d *LastDay) At(f policy.Factor) uint64 {
	reported, _, ok := f.Times(d.Follows, 0)
	if !ok || reported > math.MaxInt64-min(d.Fixed, math.MaxInt64) {
		return math.MaxInt64
	}
	return reported + d.Fixed
}
