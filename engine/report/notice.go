package report

import (
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
)

// watch is what a session's tracker has received in this run, and what it could notice. A run without history has none.
type watch struct {
	since   time.Time
	begins  bool // the next announce that arrives is the session's first one
	began   bool // the session's first announce was seen in this run
	sight   checks.Sight
	others  int64 // peers that lacked something at the last answer; -1 if the tracker did not report it
	counted bool
	rate    uint64
	fired   checks.Set
	found   []checks.Finding // the newest finding of each check
}

// open records that a session begins with an announce. The caller holds mu.
func (r *Reporter) open(s *session, d *decision) {
	s.port = d.announce.Port
	if why := d.change.Reason; r.noHistory || why != exchange.ReasonNew && why != exchange.ReasonRestart {
		return
	}
	w := s.watching()
	// A client that was running before it first used this program has itself sent `started` to its tracker.
	w.begins = d.announce.Event == bittorrent.EventStarted
	w.began, w.sight, w.others = w.begins, checks.Sight{}, -1
}

func (s *session) watching() *watch {
	if s.watch == nil {
		s.watch = &watch{others: -1}
	}
	return s.watch
}

// drop removes the finding of a check.
func (w *watch) drop(c checks.Check) {
	w.found = slices.DeleteFunc(w.found, func(f checks.Finding) bool { return f.Check == c })
	w.fired &^= checks.Set(0).With(c)
}

// notice checks an announce that has reached the tracker; others is how many other peers the answer counts. The caller
// holds mu.
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
		before = &checks.Sight{At: e.At, Uploaded: e.Reported} // what the tracker received before is unknown
	default:
		w.rate = max(w.rate, checks.Rate(before, sight))
	}
	line, _ := r.line(s.torrent.tracker.host)
	received := func() bool { return w.others != 0 || others != 0 } // as far as is known
	w.drop(checks.Port)                                             // it depends only on the newest announce
	for _, f := range checks.Judge(before, sight, received, line) {
		w.drop(f.Check)
		w.found, w.fired = append(w.found, f), w.fired.With(f.Check)
	}
	if w.since.IsZero() {
		w.since = e.At
	}
	w.begins, w.sight, w.others = false, sight, others
}

// line returns the upload speed, in bytes per second, with which that of a tracker's torrents is compared: the lower of
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

// Noticed returns what the tracker of a torrent could notice; the zero value for an unknown ID.
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
