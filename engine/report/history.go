package report

import (
	"math"
	"time"

	"bittoratio/engine/report/activity"
)

// KeepNoHistory is for a run that nobody watches: no points are remembered. Call it before the first announce.
func (r *Reporter) KeepNoHistory() { r.uncharted = true }

// chart keeps a session's last announce for charts and lists. The caller holds mu.
func (r *Reporter) chart(s *session) {
	if r.uncharted {
		return
	}
	st, f := &s.status, &s.figure
	r.points += s.series.Add(activity.Point{
		At: st.At.UnixMilli(), Seen: s.Seen, Reported: s.Reported, New: f.New, Held: f.Held, Factor: f.Factor,
		Seeders: peers(st.Swarm.Seeders), Leechers: peers(st.Swarm.Leechers), Status: uint16(st.HTTP),
		Event: s.Event, Outcome: st.Outcome, Reason: st.Reason, Problem: st.Problem, Failure: st.Failure, Warning: st.Warning,
	})
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
			r.points -= s.series.Thin(newest)
		}
	}
}

func peers(n int64) int32 { return int32(min(n, math.MaxInt32)) }

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
