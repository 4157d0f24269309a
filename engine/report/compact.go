package report

import (
	"maps"
	"slices"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/report/ledger"
)

// Compact rewrites the journal from the present state, without the sessions that have not announced for [Silent]. It
// also ends trouble, because the new file has what could not be recorded. Announces continue meanwhile.
func (r *Reporter) Compact(now time.Time) error {
	r.mu.Lock()
	r.behind = false // a later failure sets it again
	r.mu.Unlock()
	var record []byte
	err := r.journal.Rewrite(func(yield func([]byte) bool) {
		// List the sessions only after the rewrite has begun: from then on the journal itself copies what is appended.
		r.mu.Lock()
		r.listing = true
		for len(r.deciding) > 0 { // every record in the old journal must be in the list
			r.decided.Wait()
		}
		r.forgetSilent(now)
		all, waiting := append([]*session(nil), r.order...), maps.Clone(r.recovered)
		r.listing = false
		r.decided.Broadcast()
		r.mu.Unlock()
		for id, known := range waiting {
			if record = appendRecovered(record[:0], id, known); !yield(record) {
				return
			}
		}
		for _, s := range all {
			r.mu.Lock()
			record = ledger.AppendRecord(record[:0], s.key, &s.Session, s.torrent.tracker.host)
			r.mu.Unlock()
			if !yield(record) {
				return
			}
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble = err; err != nil {
		r.behind = true
	}
	return err
}

// forgetSilent drops sessions; the caller holds mu.
func (r *Reporter) forgetSilent(now time.Time) {
	maps.DeleteFunc(r.recovered, func(_ string, known Recovered) bool { return known.old(now) })
	oldest := now.Add(-Silent).UnixMilli()
	var gone []*session
	r.order = slices.DeleteFunc(r.order, func(s *session) bool {
		if s.torrent.remainder || !s.silent(now, oldest) {
			return false
		}
		gone = append(gone, s)
		return true
	})
	for _, s := range gone { // their sums move to the sessions that stay
		r.drop(s)
		r.leave(s)
	}
}

// drop removes a session from everything but the order and its torrent; the caller holds mu.
func (r *Reporter) drop(s *session) {
	r.points -= len(s.series)
	if r.reported != nil {
		r.reported[s.shared()] -= s.Reported
	}
	delete(r.sessions, s.key)
	r.all = true
}

// silent reports whether a session has not announced for [Silent]. oldest is the limit on the wall clock, in Unix
// milliseconds; it applies only to sessions that last announced in an earlier run.
func (s *session) silent(now time.Time, oldest int64) bool {
	if !s.announced.IsZero() {
		return now.Sub(s.announced) > Silent
	}
	return s.Last < oldest
}

// Bloated reports whether compacting would at least halve the journal.
func (r *Reporter) Bloated() bool {
	_, records := r.journal.Size() // waits for an append, so not under mu
	r.mu.Lock()
	defer r.mu.Unlock()
	return records > 2*(len(r.order)+len(r.recovered))+5_000
}

// Stale reports whether more than a tenth of the sessions have not announced for [Silent]: compacting drops them.
func (r *Reporter) Stale(now time.Time) bool {
	oldest := now.Add(-Silent).UnixMilli()
	r.mu.Lock()
	defer r.mu.Unlock()
	silent := 0
	for _, s := range r.order {
		if !s.torrent.remainder && s.silent(now, oldest) {
			silent++
		}
	}
	return silent > len(r.order)/10
}

// ForgetTorrents removes torrents with all their sessions and sums, as the user requested. It returns the torrents that
// stay because may is false for one of their sessions. It visits the ledger once, however many torrents there are. The
// next Compact removes them from the disk.
func (r *Reporter) ForgetTorrents(ids map[string]struct{}, may func(*ledger.Session) bool) (kept []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	gone := map[*torrent]bool{}
	for _, v := range r.torrents {
		if _, named := ids[v.id]; !named {
			continue
		}
		if slices.ContainsFunc(v.sessions, func(s *session) bool { return !may(&s.Session) }) {
			kept = append(kept, v.id)
			continue
		}
		gone[v] = true
	}
	if len(gone) == 0 {
		return kept
	}
	r.order = slices.DeleteFunc(r.order, func(s *session) bool { return gone[s.torrent] })
	for v := range gone {
		for _, s := range slices.Clone(v.sessions) {
			r.drop(s)
			r.forgetIn(s)
		}
	}
	return kept
}

// find returns the torrent with this ID, if it was shown before; otherwise nil. The caller holds mu.
func (r *Reporter) find(id string) *torrent {
	for _, v := range r.torrents {
		if v.id == id {
			return v
		}
	}
	return nil
}

// Forget empties the ledger, as the user requested.
func (r *Reporter) Forget() error {
	r.mu.Lock()
	clear(r.sessions)
	clear(r.reported)
	for k := range r.deciding {
		r.deciding[k] = 0 // its reservation has been released
	}
	clear(r.recovered)
	clear(r.torrents)
	clear(r.byHash)
	r.order, r.totals, r.points, r.day, r.all = nil, exchange.Sums{}, 0, activity.Day{}, true
	r.mu.Unlock()
	return r.Compact(time.Now())
}
