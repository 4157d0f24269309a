package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// usualInterval is the interval to assume if a tracker names none.
const usualInterval = 30 * time.Minute

// company is which peers beside a session's client a tracker counted in its last two answers about the torrent. Scrapes
// count too.
type company struct{ last, before sight }

// sight is what one answer counted.
type sight struct {
	at       time.Time
	interval time.Duration
	alone    bool // the tracker counted, and no other peer lacked anything
}

// fromTracker reports whether an entry has the tracker's own answer to an announce that it accepted.
func fromTracker(e *exchange.Entry) bool {
	return e.Outcome == exchange.OutcomeForwarded && !e.Duplicate && e.Failure == "" && e.Problem == exchange.ProblemNone
}

// others returns how many peers lacked something, beside the session's own client, by a tracker's count; -1 if unknown.
func (s *session) others(w bittorrent.Swarm) int64 {
	if w.Leechers > 0 && s.Left > 0 {
		return w.Leechers - 1
	}
	return w.Leechers
}

// sees records how many others the tracker counts.
func (s *session) sees(others int64, now time.Time) {
	if s.company == nil {
		s.company = new(company) // sessions that have not announced since the start have none: they may be a hundred thousand
	}
	interval := s.status.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	s.company.before, s.company.last = s.company.last, sight{now, interval, others == 0}
}

// alone reports whether nobody could have received upload since the last answer: no peer that lacked anything was
// counted in that answer or in the one before. Answers older than two intervals do not count.
func (c *company) alone(now time.Time) bool {
	if c == nil {
		return false
	}
	recent := func(s *sight, at time.Time) bool { return !s.at.IsZero() && at.Sub(s.at) <= 2*s.interval }
	return c.last.alone && c.before.alone && recent(&c.last, now) && recent(&c.before, c.last.at)
}
