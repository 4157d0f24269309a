package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// SetRules changes what applies to all that comes after.
func (r *Reporter) SetRules(rules policy.Rules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules, r.all = rules, true
	switch stops := rules.StopsAnywhere(); {
	case !stops:
		r.told = nil
	case r.told == nil:
		r.told = make(map[shared]uint64, len(r.order))
		for _, s := range r.order {
			r.told[s.shared()] += s.Reported
		}
	}
}

func (s *session) shared() shared { return shared{s.key.Tracker, s.key.InfoHash} }

// rule is what applies to a session now; s is nil at first sight. The caller holds mu.
func (r *Reporter) rule(t *tracker, s *session, h bittorrent.InfoHash) policy.Rule {
	rule := r.rules.For(t.host, h)
	rule.Line.Since, rule.Tracker.Since = r.begun, r.begun
	if s != nil {
		rule.Line.Spent, rule.Tracker.Spent = r.spent-s.lineMark, t.spent-s.trackerMark
	}
	if rule.Stop.At != 0 {
		rule.Stop.Size = r.size(h)
		if s != nil {
			rule.Stop.Told = r.told[s.shared()] - s.Reported
		}
	}
	return rule
}

// spend notes by how much a total grew, and all totals in sum. What a session begins with is no growth. The caller holds
// mu.
func (r *Reporter) spend(s *session, grown uint64, all ledger.Sums, own bool, now time.Time) {
	if f := &s.figure; f.Reason != exchange.ReasonNew && f.Reason != exchange.ReasonRestart && grown > 0 {
		f.Grown = grown
		r.spent += grown
		s.torrent.tracker.spent += grown
		r.day.Add(now, all.Seen, all.Reported, own)
	}
	s.lineMark, s.trackerMark = r.spent, s.torrent.tracker.spent
}
