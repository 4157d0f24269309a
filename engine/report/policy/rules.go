// Package policy decides what new upload may be credited: which factor applies to a torrent on a tracker, and which
// guards hold some of it back. It has pure values, no ledger and no clock.
package policy

import "bittoratio/engine/bittorrent"

// Rule is what applies to one announce of one torrent on one tracker.
type Rule struct {
	Factor  Factor
	Own     bool  // the factor is the torrent's or the tracker's, not the global one
	Global  Limit // of all sessions together
	Tracker Limit // of the tracker's sessions together
	Stop    Stop
	Alone   bool // the tracker counts no peer that could have received new upload, and the user then wants nothing added
}

// Rules are the user's choices. The most specific factor and ratio apply: torrent before tracker before global. All
// ceilings apply.
type Rules struct {
	Factor   Factor
	Ceiling  uint64 // bytes per second by which all totals together may grow; 0 for none
	StopAt   Ratio
	Trackers map[string]TrackerRule // by [bittorrent.TrackerURL.Host]
	Torrents map[bittorrent.InfoHash]Factor
}

// TrackerRule is what applies to one tracker. For a zero field the global rule applies.
type TrackerRule struct {
	Factor  Factor
	Ceiling uint64 // bytes per second, for this tracker's sessions together
	StopAt  Ratio
	Alone   bool // add nothing while the tracker counts no peer that could have received it
}

// For returns the rule for a torrent on a tracker. An unset factor changes nothing.
func (r *Rules) For(trackerHost string, h bittorrent.InfoHash) Rule {
	rule := Rule{Factor: r.Factor, Global: Limit{PerSecond: r.Ceiling}, Stop: Stop{At: r.StopAt}}
	if t, ok := r.Trackers[trackerHost]; ok {
		if t.Factor != 0 {
			rule.Factor, rule.Own = t.Factor, true
		}
		if t.StopAt != 0 {
			rule.Stop.At = t.StopAt
		}
		rule.Tracker.PerSecond = t.Ceiling
		rule.Alone = t.Alone
	}
	if f, ok := r.Torrents[h]; ok {
		rule.Factor, rule.Own = f, true
	}
	if !rule.Factor.Valid() {
		rule.Factor = One
	}
	return rule
}

// StopsAnywhere reports whether a ratio is set, globally or for some tracker.
func (r *Rules) StopsAnywhere() bool {
	for _, t := range r.Trackers {
		if t.StopAt != 0 {
			return true
		}
	}
	return r.StopAt != 0
}
