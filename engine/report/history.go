package report

import (
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
)

// KeepNoHistory is for a run that nobody watches: no points are remembered. Call it before the first announce.
func (r *Reporter) KeepNoHistory() { r.uncharted = true }

// chart keeps what is over for charts and lists. The caller holds mu.
func (r *Reporter) chart(s *session, e *exchange.Entry) {
	if r.uncharted {
		return
	}
	p := activity.PointOf(e)
	p.Gap = e.Kind == exchange.KindAnnounce && activity.IsGap(time.Duration(s.pause)*time.Millisecond, s.status.Interval)
	r.points += s.series.Add(p)
	r.bound()
}

// historyKept is how many announces are remembered in all, some 3 MiB; each session may have a few whatever their number.
const (
	historyKept = 30_000
	fewKept     = 8
)

// bound thins every series out when there are too many points, the less the better. The caller holds mu.
func (r *Reporter) bound() {
	limit := max(historyKept, fewKept*len(r.order))
	for newest := 100; r.points > limit && newest > 2; newest /= 3 { // 100, 33, 11, 3: more would not be enough each time
		for _, s := range r.order {
			if gone := s.series.Thin(newest); gone > 0 {
				r.points -= gone
				r.touch(s)
			}
		}
	}
}

// History is a session's announces, at most so many of the newest, oldest first; none for an ID unknown.
func (r *Reporter) History(id string, newest int) []activity.Point {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.order {
		if s.id == id {
			return s.series.Newest(newest)
		}
	}
	return nil
}

// Day sums the last 24 hours.
func (r *Reporter) Day(now time.Time) activity.DaySums {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.day.Sums(now)
}

// Recall counts what happened in an earlier run, so that Day is right soon after the start.
func (r *Reporter) Recall(e *exchange.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.day.Add(e.At, e.New, e.Grown, e.Own)
}
