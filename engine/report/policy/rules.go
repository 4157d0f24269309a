// Package policy decides what new upload may be credited: which factor applies to a torrent on a tracker, and which
// guard holds some of it back. Pure values; no ledger, no clock.
package policy

import "bittoratio/engine/bittorrent"

// Rule is what applies to one torrent on one tracker.
type Rule struct {
	Factor  Factor
	Ceiling uint64 // bytes per second a session may report at most, beside what it really uploaded; 0 is none
}

// Rules are the user's choices; the nearest wins: torrent before tracker before all.
type Rules struct {
	Factor   Factor
	Ceiling  uint64            // bytes per second; 0 is none
	Trackers map[string]Factor // by [bittorrent.TrackerURL.Host]
	Torrents map[bittorrent.InfoHash]Factor
}

// For is the rule for a torrent on a tracker. An unset factor changes nothing.
func (r *Rules) For(trackerHost string, h bittorrent.InfoHash) Rule {
	rule := Rule{Factor: r.Factor, Ceiling: r.Ceiling}
	if f, ok := r.Trackers[trackerHost]; ok {
		rule.Factor = f
	}
	if f, ok := r.Torrents[h]; ok {
		rule.Factor = f
	}
	if !rule.Factor.Valid() {
		rule.Factor = One
	}
	return rule
}
