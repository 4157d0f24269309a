package activity

import (
	"math"
	"time"

	"bittoratio/engine/report/policy"
)

// Day sums what was uploaded in the last 24 hours, in quarters of an hour, so that it can be said what another factor
// would have made of it. The zero value is an empty day.
type Day struct {
	quarters [quartersKept]quarter
	begun    int64 // Unix milliseconds of the earliest thing added
}

// quartersKept is a day, and the quarter that has begun.
const (
	quartersKept = 24*4 + 1
	quarterMilli = 15 * 60 * 1000
)

type quarter struct {
	number int64 // since 1970
	DaySums
}

// DaySums are bytes.
type DaySums struct {
	Seen    uint64 // really uploaded
	Told    uint64 // by how much the totals that trackers were told grew
	Follows uint64 // of Seen, by sessions whose factor is the one for all
	Fixed   uint64 // of Told, by sessions with a factor of their own
	Since   time.Time
}

// At is what trackers would have been told in that time, had the factor for all been f; guards left aside.
func (d *DaySums) At(f policy.Factor) uint64 {
	told, _, ok := f.Times(d.Follows, 0)
	if !ok || told > math.MaxInt64-min(d.Fixed, math.MaxInt64) {
		return math.MaxInt64
	}
	return told + d.Fixed
}

// Add counts one announce; those of an earlier run may come late. own is whether the session has a factor of its own.
func (d *Day) Add(now time.Time, uploaded, told uint64, own bool) {
	at := now.UnixMilli()
	if d.begun == 0 || at < d.begun {
		d.begun = at
	}
	n := at / quarterMilli
	q := &d.quarters[uint64(n)%quartersKept]
	if q.number > n {
		return // of a day before, told late
	}
	if q.number < n {
		*q = quarter{number: n}
	}
	q.Seen += uploaded
	q.Told += told
	if own {
		q.Fixed += told
	} else {
		q.Follows += uploaded
	}
}

// Sums are those of the last 24 hours, or of the time since the first announce where that is shorter.
func (d *Day) Sums(now time.Time) DaySums {
	last := now.UnixMilli() / quarterMilli
	sums := DaySums{Since: now.Add(-24 * time.Hour)}
	if began := time.UnixMilli(d.begun); began.After(sums.Since) || d.begun == 0 {
		sums.Since = now
		if d.begun != 0 {
			sums.Since = began
		}
	}
	for i := range d.quarters {
		if q := &d.quarters[i]; q.number > last-quartersKept && q.number <= last {
			sums.Seen += q.Seen
			sums.Told += q.Told
			sums.Follows += q.Follows
			sums.Fixed += q.Fixed
		}
	}
	return sums
}
