package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// Status is what is known about a session beside its totals. It is not saved.
type Status struct {
	Answered bool // an announce of it has ended since the start
	Outcome  exchange.Outcome
	Reason   exchange.Reason
	Problem  exchange.Problem
	HTTP     int // status of the last answer
	Swarm    bittorrent.Swarm
	Interval time.Duration
	Failure  string
	Warning  string
	At       time.Time // of the last answer

	MinInterval time.Duration // of that answer; 0 if it had none
}

// Answered records how an announce of a session, or the delivery of a pending one, ended.
func (r *Reporter) Answered(k ledger.Key, e *exchange.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[k]
	if !ok {
		return
	}
	st := Status{
		Answered: true, Outcome: e.Outcome, Reason: s.status.Reason, Problem: e.Problem, HTTP: e.Status, Swarm: e.Swarm,
		Interval: e.Interval, Failure: e.Failure, Warning: e.Warning, At: e.At.Add(e.Took), MinInterval: e.MinInterval,
	}
	if st.Swarm == bittorrent.UnknownSwarm {
		st.Swarm = s.status.Swarm
	}
	if st.Interval == 0 {
		st.Interval = s.status.Interval
	}
	if st.MinInterval > 0 {
		s.due = st.At.Add(st.MinInterval).UnixMilli()
	}
	s.client, s.status = e.Client, st
	if fromTracker(e) {
		others := s.others(e.Swarm)
		s.sees(others, st.At)
		r.notice(s, e, others)
	}
	r.touch(s)
	r.chart(s, e)
}

// Scraped records a scrape's numbers for every session of its torrents on a tracker host.
func (r *Reporter) Scraped(host string, files map[bittorrent.InfoHash]bittorrent.Swarm) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.order {
		if swarm, ok := files[s.key.InfoHash]; ok && s.torrent.tracker.host == host {
			s.status.Swarm = swarm
			s.sees(s.others(swarm), time.Now())
			r.touch(s)
		}
	}
}
