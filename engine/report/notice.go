package report

import (
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
)

// watch is what the tracker of a session has received of it in this run, and what it could notice. A run without
// history has none.
type watch struct {
	since   time.Time
	begins  bool // the next announce that arrives is the session's first
	began   bool // the session's first announce was seen in this run
	sight   checks.Sight
	others  int64 // peers that lacked something at the last answer; -1 where the tracker did not report it
	counted bool
	rate    uint64
	fired   checks.Set
	found   []checks.Finding // the newest of each that fired
}

// open records that a session begins with an announce. The caller holds mu.
func (r *Reporter) open(s *session, d *decision) {
	s.port = d.announce.Port
	if why := d.change.Reason; r.noHistory || why != exchange.ReasonNew && why != exchange.ReasonRestart {
		return
	}
	w := s.watching()
	// A client that ran before it first used this program has sent `started` to its tracker itself.
	w.begins = d.announce.Event == bittorrent.EventStarted
	w.began, w.sight, w.others = w.begins, checks.Sight{}, -1
}

func (s *session) watching() *watch {
	if s.watch == nil {
		s.watch = &watch{others: -1}
	}
	return s.watch
}

// drop forgets what a check found.
func (w *watch) drop(c checks.Check) {
	w.found = slices.DeleteFunc(w.found, func(f checks.Finding) bool { return f.Check == c })
	w.fired &^= checks.Set(0).With(c)
}

// notice checks an announce that has reached the tracker, whose answer counts this many other peers. The caller holds
// mu.
func (r *Reporter) notice(s *session, e *exchange.Entry, others int64) {
	if r.noHistory {
		return
	}
	w := s.watching()
	sight := checks.Sight{At: e.At, Event: e.Event, Uploaded: e.Reported, Port: s.port}
	w.counted = w.counted || others >= 0
	before := &w.sight
	switch {
	case w.begins:
		before = nil
	case w.sight.At.IsZero():
		before = &checks.Sight{At: e.At, Uploaded: e.Reported} // what the tracker received before is not known
	default:
		w.rate = max(w.rate, checks.Rate(before, sight))
	}
	line, _ := r.line(s.torrent.tracker.host)
	received := func() bool { return w.others != 0 || others != 0 } // as far as is known
	w.drop(checks.Port)                                             // it goes by the newest announce
	for _, f := range checks.Judge(before, sight, received, line) {
		w.drop(f.Check)
		w.found, w.fired = append(w.found, f), w.fired.With(f.Check)
	}
	if w.since.IsZero() {
		w.since = e.At
	}
	w.begins, w.sight, w.others = false, sight, others
}

// line returns the upload speed to which those of a tracker's torrents are compared, in bytes per second: the lower of
// the user's ceilings for all trackers and for this one, or checks.DefaultLine if there is none. ceiling reports
// whether it is a ceiling.
func (r *Reporter) line(host string) (perSecond uint64, ceiling bool) {
	for _, c := range []uint64{r.rules.Ceiling, r.rules.Trackers[host].Ceiling} {
		if c > 0 && (!ceiling || c < perSecond) {
			perSecond, ceiling = c, true
		}
	}
	if !ceiling {
		perSecond = checks.DefaultLine / 8
	}
	return perSecond, ceiling
}

// Noticed returns what the tracker of a torrent could notice; the zero value for an ID unknown.
func (r *Reporter) Noticed(id string) checks.Noticed {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.find(id)
	if v == nil {
		return checks.Noticed{}
	}
	n := checks.Noticed{Began: true}
	n.Line, n.Ceiling = r.line(v.tracker.host)
	var newest [checks.Count]checks.Finding
	for _, s := range v.sessions {
		w := s.watch
		if w == nil || w.since.IsZero() {
			continue
		}
		if n.Since.IsZero() || w.since.Before(n.Since) {
			n.Since = w.since
		}
		n.Began, n.Counted, n.Rate = n.Began && w.began, n.Counted || w.counted, max(n.Rate, w.rate)
		for _, f := range w.found {
			if newest[f.Check].At.Before(f.At) {
				newest[f.Check] = f
			}
		}
	}
	for _, f := range newest {
		if !f.At.IsZero() {
			n.Findings = append(n.Findings, f)
		}
	}
	return n
}
