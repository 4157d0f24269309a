package engine

import (
	"errors"
	"maps"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// SetTorrentFactor gives a torrent a factor of its own for all that comes after, whatever its tracker; 0 takes it away,
// and [One] excludes the torrent. It is quick: the disk hears of it a moment later.
func (e *Engine) SetTorrentFactor(h bittorrent.InfoHash, f Factor) error {
	if f != 0 && !f.Valid() {
		return &SettingsError{"torrent_multipliers", "is not from 1 to 100"}
	}
	e.choose(func(s *Settings) {
		s.TorrentMultipliers = without(s.TorrentMultipliers, func(key string) bool { return strings.EqualFold(key, h.String()) })
		if f != 0 {
			s.TorrentMultipliers[h.String()] = f
		}
	})
	return nil
}

// SetTrackerFactor gives a tracker, host[:port] as [Torrent] shows it, a factor of its own; 0 takes it away.
func (e *Engine) SetTrackerFactor(tracker string, f Factor) error {
	host, err := trackerHost(tracker)
	if err != nil {
		return &SettingsError{"tracker_multipliers", "has a key that is not a tracker's host[:port]"}
	}
	if f != 0 && !f.Valid() {
		return &SettingsError{"tracker_multipliers", host + ": is not from 1 to 100"}
	}
	e.choose(func(s *Settings) {
		s.TrackerMultipliers = without(s.TrackerMultipliers, func(key string) bool { known, _ := trackerHost(key); return known == host })
		if f != 0 {
			s.TrackerMultipliers[host] = f
		}
	})
	return nil
}

// without is a copy of a map with no key that gone accepts.
func without(m map[string]Factor, gone func(key string) bool) map[string]Factor {
	out := make(map[string]Factor, len(m)+1)
	maps.Copy(out, m)
	maps.DeleteFunc(out, func(key string, _ Factor) bool { return gone(key) })
	return out
}

// choose changes settings that need no check and no disk; the keeper saves them.
func (e *Engine) choose(do func(*Settings)) {
	e.mu.Lock()
	s := e.settings.clone()
	do(&s)
	e.settings, e.unsaved = s, true
	e.mu.Unlock()
	e.setRules()
	e.wakeKeeper()
	e.publish.mark()
}

// trackerFactors are those of trackers with a factor of their own; the caller holds mu.
func (e *Engine) trackerFactors() map[string]Factor {
	out := make(map[string]Factor, len(e.settings.TrackerMultipliers))
	for key, f := range e.settings.TrackerMultipliers {
		if host, err := trackerHost(key); err == nil {
			out[host] = f
		}
	}
	return out
}

// History is a torrent's announces in this run, at most so many of the newest, oldest first; older ones are thinned out.
func (e *Engine) History(id string, newest int) []Point { return e.reporter.History(id, newest) }

// ErrSharing is a torrent whose client has not said `stopped`: forgotten, its total would fall.
var ErrSharing = errors.New("the client still shares this torrent")

// ForgetTorrent drops a session that has ended, and what the ledger knows of it. The error is [ErrSharing], or what the
// disk said.
func (e *Engine) ForgetTorrent(id string) error {
	if !e.reporter.ForgetSession(id, func(s *ledger.Session) bool { return isStopped(s) }) {
		return ErrSharing
	}
	e.publish.mark()
	return nil
}
