package report

import (
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// SetRules changes the rules for all later announces.
func (r *Reporter) SetRules(rules policy.Rules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules, r.all = rules, true
	switch stops := rules.StopsAnywhere(); {
	case !stops:
		r.reported = nil
	case r.reported == nil:
		r.reported = make(map[shared]uint64, len(r.order))
		for _, s := range r.order {
			r.reported[s.shared()] += s.Reported
		}
		for k, growth := range r.deciding {
			r.reported[shared{k.Tracker, k.InfoHash}] += growth
		}
	}
}

// reserve records by how much a total is about to grow, so that sessions that are decided at the same time do not use
// the same part of a ratio. It replaces the session's earlier reservation. The caller holds mu.
func (r *Reporter) reserve(k ledger.Key, growth uint64) {
	if r.reported != nil {
		r.reported[shared{k.Tracker, k.InfoHash}] += growth - r.deciding[k]
	}
	r.deciding[k] = growth
}

func (s *session) shared() shared { return shared{s.key.Tracker, s.key.InfoHash} }

// rule returns the rule for a session now; s is nil at first sight. The caller holds mu.
func (r *Reporter) rule(t *tracker, s *session, h bittorrent.InfoHash, now time.Time) policy.Rule {
	rule := r.rules.For(t.host, h)
	rule.Global.Since = onClock(r.begun, now)
	rule.Tracker.Since = rule.Global.Since
	if s != nil {
		rule.Global.Spent, rule.Tracker.Spent = since(r.spent, s.globalMark), since(t.spent, s.trackerMark)
	}
	rule.Alone = rule.Alone && s != nil && s.company.alone(now)
	if rule.Stop.At != 0 {
		rule.Stop.Size = r.size(h)
		if s != nil {
			rule.Stop.Reported = r.reported[s.shared()] - s.Reported
		}
	}
	return rule
}

// since returns how many bytes were spent after a mark; 0 if reservations after the mark were released.
func since(spent, mark uint64) uint64 { return spent - min(spent, mark) }

// onClock returns a moment of this run in Unix milliseconds on the clock as it is set now: as long before now as has
// really passed, whatever the clock did meanwhile. Time during which the computer slept does not count, because the
// line carried nothing.
func onClock(at, now time.Time) int64 { return now.UnixMilli() - now.Sub(at).Milliseconds() }
