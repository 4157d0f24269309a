package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// usualInterval is the interval of a tracker that names none.
const usualInterval = 30 * time.Minute

// company is the peers that a tracker counted beside the client of a session, in its last two answers about the
// torrent. Scrapes count too.
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

// others returns how many peers beside the session's own client lacked something, by a tracker's count; -1 if not
// known.
func (s *session) others(w bittorrent.Swarm) int64 {
	if w.Leechers > 0 && s.Left > 0 {
		return w.Leechers - 1
	}
	return w.Leechers
}

// sees records how many others the tracker counts.
func (s *session) sees(others int64, now time.Time) {
	if s.company == nil {
		s.company = new(company) // sessions that have not announced since the start have none: there may be a hundred thousand
	}
	interval := s.status.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	s.company.before, s.company.last = s.company.last, sight{now, interval, others == 0}
}

// alone reports whether no peer was there that could have received the upload since the last answer: neither at that
// answer nor at the one before. Answers older than two intervals do not count.
func (c *company) alone(now time.Time) bool {
	if c == nil {
		return false
	}
	recent := func(s *sight, at time.Time) bool { return !s.at.IsZero() && at.Sub(s.at) <= 2*s.interval }
	return c.last.alone && c.before.alone && recent(&c.last, now) && recent(&c.before, c.last.at)
}
