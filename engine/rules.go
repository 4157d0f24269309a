package engine

import (
	"errors"
	"maps"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// SetTorrentFactor gives a torrent a factor of its own for all that comes after, whatever its tracker; 0 takes it away,
// and [policy.One] excludes the torrent. It is quick: it is written to the disk a moment later.
func (e *Engine) SetTorrentFactor(h bittorrent.InfoHash, f policy.Factor) error {
	return e.SetTorrentFactors(map[bittorrent.InfoHash]policy.Factor{h: f})
}

// SetTorrentFactors is [Engine.SetTorrentFactor] for many torrents at once: for all of them or, with an error, for none.
func (e *Engine) SetTorrentFactors(factors map[bittorrent.InfoHash]policy.Factor) error {
	own := make(map[string]policy.Factor, len(factors))
	for h, f := range factors {
		if f != 0 && !f.Valid() {
			return &settings.Error{Field: "torrent_multipliers", Reason: "is not from 1 to 100"}
		}
		own[h.String()] = f
	}
	return e.updateSettings(func(s *settings.Settings) {
		all := make(map[string]policy.Factor, len(s.TorrentMultipliers)+len(own))
		for key, f := range s.TorrentMultipliers {
			if _, set := own[strings.ToLower(key)]; !set {
				all[key] = f
			}
		}
		for key, f := range own {
			if f != 0 {
				all[key] = f
			}
		}
		s.TorrentMultipliers = all
	})
}

// SetTrackerRule gives a tracker, host[:port] as [Torrent] shows it, rules of its own for all that comes after; a field
// that is zero takes its own one away. The error is a *[settings.Error].
func (e *Engine) SetTrackerRule(tracker string, rule policy.TrackerRule) error {
	host, err := settings.TrackerHost(tracker)
	switch {
	case err != nil:
		return &settings.Error{Field: "tracker_multipliers", Reason: "has a key that is not a tracker's host[:port]"}
	case rule.Factor != 0 && !rule.Factor.Valid():
		return &settings.Error{Field: "tracker_multipliers", Reason: host + ": is not from 1 to 100"}
	case !rule.StopAt.Valid():
		return &settings.Error{Field: "tracker_stop_ratios", Reason: host + ": is not from 0.1 to 1000"}
	}
	same := func(key string) string { known, _ := settings.TrackerHost(key); return known }
	return e.updateSettings(func(s *settings.Settings) {
		s.TrackerMultipliers = setOrDelete(s.TrackerMultipliers, host, rule.Factor, same)
		s.TrackerCeilings = setOrDelete(s.TrackerCeilings, host, rule.Ceiling, same)
		s.TrackerStopRatios = setOrDelete(s.TrackerStopRatios, host, rule.StopAt, same)
		s.TrackerAloneGuard = setOrDelete(s.TrackerAloneGuard, host, rule.Alone, same)
	})
}

// setOrDelete returns a copy of a map with a value at a key, or with none where the value is zero. What people may write for the
// same key goes; spelled is how the program writes it.
func setOrDelete[V comparable](m map[string]V, key string, value V, spelled func(string) string) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	maps.DeleteFunc(out, func(other string, _ V) bool { return spelled(other) == key })
	if zero := *new(V); value != zero {
		out[key] = value
	}
	return out
}

// updateSettings changes settings that need no check and no disk; maintenance saves them.
func (e *Engine) updateSettings(do func(*settings.Settings)) error {
	if err := e.settings.Update(do); err != nil {
		return err
	}
	e.setRules()
	e.wakeMaintenance()
	e.publish.Mark()
	return nil
}

// History returns a torrent's announces in this run, at most so many of the newest, oldest first; older ones are thinned out.
func (e *Engine) History(id string, newest int) []exchange.Point {
	return e.reporter.History(id, newest)
}

// Forgettable is how long a session must have been silent that may be forgotten without its `stopped`: longer than any
// tracker's interval.
const Forgettable = 48 * time.Hour

// ErrSharing is a torrent whose client has not said `stopped`: forgotten, its total would fall.
var ErrSharing = errors.New("the client still shares this torrent")

// ForgetTorrent drops a torrent on a tracker whose sessions have all ended, and what the ledger knows of it. A session that
// has been silent for two days has ended too: many clients quit without `stopped`. The error is [ErrSharing].
func (e *Engine) ForgetTorrent(id string) error {
	silent := time.Now().Add(-Forgettable).UnixMilli()
	if !e.reporter.ForgetTorrent(id, func(s *ledger.Session) bool { return isStopped(s) || s.Last < silent }) {
		return ErrSharing
	}
	e.publish.Mark()
	return nil
}
