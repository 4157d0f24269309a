package engine

import (
	"maps"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// SetTorrentFactor gives a torrent its own factor for all later upload, on every tracker; 0 removes it, and
// [policy.One] excludes the torrent. It is fast: the file is written a moment later.
func (e *Engine) SetTorrentFactor(h bittorrent.InfoHash, f policy.Factor) error {
	return e.SetTorrentFactors(map[bittorrent.InfoHash]policy.Factor{h: f})
}

// SetTorrentFactors is [Engine.SetTorrentFactor] for many torrents at once: all are changed or, with an error, none.
func (e *Engine) SetTorrentFactors(factors map[bittorrent.InfoHash]policy.Factor) error {
	return e.setTorrentFactors(factors, func(policy.Factor) bool { return true })
}

// ReplaceTorrentFactors is SetTorrentFactors for those torrents whose present factor is was. It undoes a choice without
// undoing later ones.
func (e *Engine) ReplaceTorrentFactors(was policy.Factor, factors map[bittorrent.InfoHash]policy.Factor) error {
	return e.setTorrentFactors(factors, func(f policy.Factor) bool { return f == was })
}

// setTorrentFactors sets the factors of the torrents for whose present factor may returns true.
func (e *Engine) setTorrentFactors(factors map[bittorrent.InfoHash]policy.Factor, may func(policy.Factor) bool) error {
	for _, f := range factors {
		if f != 0 && !f.Valid() {
			return &settings.Error{Field: "torrent_multipliers", Reason: "is not from 1 to 100"}
		}
	}
	return e.updateSettings(func(s *settings.Settings) {
		all := make(map[string]policy.Factor, len(s.TorrentMultipliers)+len(factors))
		for key, f := range s.TorrentMultipliers {
			all[strings.ToLower(key)] = f
		}
		for h, f := range factors {
			switch key := h.String(); {
			case !may(all[key]):
			case f == 0:
				delete(all, key)
			default:
				all[key] = f
			}
		}
		s.TorrentMultipliers = all
	})
}

// SetTrackerRule gives a tracker, host[:port] as in [Torrent], its own rules for all later upload; a zero field removes
// that rule. The error is a *[settings.Error].
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

// setOrDelete returns a copy of a map with a value at a key, or without the key if the value is zero. It removes other
// spellings of the key, which a user may have written; spelled returns the canonical one.
func setOrDelete[V comparable](m map[string]V, key string, value V, spelled func(string) string) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	maps.DeleteFunc(out, func(other string, _ V) bool { return spelled(other) == key })
	if zero := *new(V); value != zero {
		out[key] = value
	}
	return out
}

// updateSettings changes settings without a check and without the disk; maintenance saves them.
func (e *Engine) updateSettings(do func(*settings.Settings)) error {
	if err := e.settings.Update(do); err != nil {
		return err
	}
	e.setRules()
	e.wakeMaintenance()
	e.publish.Mark()
	return nil
}

// History returns the newest announces of a torrent in this run, at most newest, oldest first; older ones are thinned
// out.
func (e *Engine) History(id string, newest int) []exchange.Point {
	return e.reporter.History(id, newest)
}

// Forgettable is how long a session without `stopped` must not have announced before it may be removed: longer than any
// tracker's interval.
const Forgettable = 48 * time.Hour

// ForgetTorrents removes rows whose sessions have all ended, with their totals in the ledger. It returns the rows that
// stay, because a client shares the torrent, so its total would fall, or because an announce is pending. A session that
// has not announced for two days has also ended, since many clients quit without `stopped`. ForgetTorrents writes the
// ledger to the disk.
func (e *Engine) ForgetTorrents(ids []string) (kept []string) {
	which := make(map[string]struct{}, len(ids))
	for _, id := range ids {
		which[id] = struct{}{}
	}
	for _, k := range e.spool.All() {
		if id := report.TorrentID(k.Host, k.Key.InfoHash); holds(which, id) {
			delete(which, id)
			kept = append(kept, id)
		}
	}
	silent := time.Now().Add(-Forgettable).UnixMilli()
	kept = append(kept, e.reporter.ForgetTorrents(which, func(s *ledger.Session) bool { return isStopped(s) || s.Last < silent })...)
	if len(kept) < len(ids) {
		_ = e.reporter.Compact(time.Now()) // an error is shown as trouble, and maintenance tries again
		e.checkDisk()
	}
	e.publish.Refresh() // the user sees the result at once
	e.publish.Mark()
	return kept
}

func holds(set map[string]struct{}, id string) bool {
	_, is := set[id]
	return is
}
