package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// usualInterval is that of a tracker that names none.
const usualInterval = 30 * time.Minute

// company is whom a tracker saw beside a client, in its last two answers about a torrent. Scrapes count too.
type company struct{ last, before sight }

// sight is one of them.
type sight struct {
	at       time.Time
	interval time.Duration
	nobody   bool // it counted, and nobody else lacked anything
}

// answered takes note of an announce's answer. One that did not come from the tracker says nothing.
func (c *company) answered(s *session, e *exchange.Entry) {
	if e.Outcome == exchange.OutcomeForwarded && !e.Doubled && e.Failure == "" && e.Problem == exchange.ProblemNone {
		c.add(s, e.Swarm, e.At.Add(e.Took))
	}
}

// add takes note of what the tracker counts.
func (c *company) add(s *session, w bittorrent.Swarm, now time.Time) {
	others := w.Leechers
	if others > 0 && s.Left > 0 {
		others-- // the client itself
	}
	interval := s.status.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	c.before, c.last = c.last, sight{now, interval, others == 0}
}

// alone reports whether nobody was there who could have received what was uploaded since the last answer: neither then
// nor at the one before. What is older than two intervals says nothing.
func (c *company) alone(now time.Time) bool {
	recent := func(s *sight, at time.Time) bool { return !s.at.IsZero() && at.Sub(s.at) <= 2*s.interval }
	return c.last.nobody && c.before.nobody && recent(&c.last, now) && recent(&c.before, c.last.at)
}
