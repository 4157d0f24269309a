package activity

import (
	"time"

	"bittoratio/engine/exchange"
)

// Day has the upload of the last 24 hours, in quarters of an hour, to forecast the effect of another factor. The zero
// value is an empty day.
type Day struct {
	quarters [quartersKept]quarter
	begun    int64 // Unix milliseconds of the earliest announce
}

// quartersKept is the quarters of a day, and the one that has begun.
const (
	quartersKept = 24*4 + 1
	quarterMilli = 15 * 60 * 1000
)

type quarter struct {
	number int64 // since 1970
	exchange.LastDay
}

// Add counts one announce; those of an earlier run may be added late. own is true if the session has a factor of its
// own.
func (d *Day) Add(now time.Time, uploaded, reported uint64, own bool) {
	at := now.UnixMilli()
	if d.begun == 0 || at < d.begun {
		d.begun = at
	}
	n := at / quarterMilli
	q := &d.quarters[uint64(n)%quartersKept]
	if q.number > n {
		return // it is of an earlier day, and came late
	}
	if q.number < n {
		*q = quarter{number: n}
	}
	q.Seen += uploaded
	q.Reported += reported
	if own {
		q.Fixed += reported
	} else {
		q.Follows += uploaded
	}
}

// Sums returns the sums of the last 24 hours, or of the time since the first announce if that is shorter.
func (d *Day) Sums(now time.Time) exchange.LastDay {
	last := now.UnixMilli() / quarterMilli
	sums := exchange.LastDay{Since: now.Add(-24 * time.Hour)}
	if began := time.UnixMilli(d.begun); began.After(sums.Since) || d.begun == 0 {
		sums.Since = now
		if d.begun != 0 {
			sums.Since = began
		}
	}
	for i := range d.quarters {
		if q := &d.quarters[i]; q.number > last-quartersKept && q.number <= last {
			sums.Seen += q.Seen
			sums.Reported += q.Reported
			sums.Follows += q.Follows
			sums.Fixed += q.Fixed
		}
	}
	return sums
}
