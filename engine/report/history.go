package report

import (
	"cmp"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
)

// KeepNoHistory makes the Reporter store no points for charts, for a run without a window. Call it before the first
// announce.
func (r *Reporter) KeepNoHistory() { r.noHistory = true }

// chart adds a finished exchange to the session's chart and list of announces. The caller holds mu.
func (r *Reporter) chart(s *session, e *exchange.Entry) {
	if r.noHistory {
		return
	}
	p := exchange.PointOf(e)
	p.Sum = s.torrent.sums
	p.Gap = e.Kind == exchange.KindAnnounce && activity.IsGap(time.Duration(s.pause)*time.Millisecond, s.status.Interval)
	r.points += s.series.Add(p)
	r.bound()
}

// historyKept is how many announces are remembered in all, some 3 MiB; a few of each session stay in any case.
const (
	historyKept = 30_000
	fewKept     = 8
)

// bound thins out the series, as little as possible, if there are too many points. The caller holds mu.
func (r *Reporter) bound() {
	limit := max(historyKept, fewKept*len(r.order))
	for newest := 100; r.points > limit && newest > 2; newest /= 3 { // 100, 33, 11, 3, until that is enough
		for _, s := range r.order {
			if gone := s.series.Thin(newest); gone > 0 {
				r.points -= gone
				r.touch(s)
			}
		}
	}
}

// History returns the newest announces of a torrent's sessions, at most newest, oldest first; none for an unknown ID.
func (r *Reporter) History(id string, newest int) []exchange.Point {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.find(id)
	if v == nil {
		return nil
	}
	var all []exchange.Point
	for _, s := range v.sessions {
		all = append(all, s.series.Newest(newest)...)
	}
	if len(v.sessions) > 1 {
		slices.SortStableFunc(all, func(a, b exchange.Point) int { return cmp.Compare(a.At, b.At) })
	}
	return all[len(all)-min(newest, len(all)):]
}

// Before returns what a torrent's sums were when this run began; host is its tracker, masked. ok is false for an
// unknown ID.
func (r *Reporter) Before(id string) (host string, h bittorrent.InfoHash, sums exchange.Sums, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.find(id)
	if v == nil {
		return "", h, sums, false
	}
	return v.tracker.host, v.hash, v.before, true
}

// Day returns the sums of the last 24 hours.
func (r *Reporter) Day(now time.Time) exchange.LastDay {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.day.Sums(now)
}

// Recall counts an exchange of an earlier run, so that Day is right soon after the start. For a torrent on several
// trackers, only the one that counts for the totals counts.
func (r *Reporter) Recall(e *exchange.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.trackers[e.Tracker]; t != nil {
		if v := r.torrents[torrentKey{tracker: t, hash: e.InfoHash}]; v != nil && !v.counted {
			return
		}
	}
	r.day.Add(e.At, e.New, e.Grown, e.Own)
}
