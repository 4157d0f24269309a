package engine

import (
	"cmp"
	"time"

	"bittoratio/engine/feed"
	"bittoratio/engine/report"
)

// Snapshot is the whole state now, immutable.
func (e *Engine) Snapshot() *Snapshot { return e.publish.Newest() }

// Subscribe signals every change, at most five times a second, until it is closed.
func (e *Engine) Subscribe() *feed.Subscription { return e.publish.Subscribe() }

// build makes a snapshot.
func (e *Engine) build() *Snapshot {
	now := time.Now()
	s := &Snapshot{At: now, Delivery: e.delivery.Load(), HTTPS: e.https()}
	inForce := e.settings.InForce()
	s.Settings, s.SettingsFault = e.settings.Saved(), e.settings.Fault()
	e.mu.Lock()
	s.State, s.Addr, s.Factor = e.state, cmp.Or(e.addr, inForce.Listen), inForce.Multiplier
	s.Passthrough = e.passthrough
	s.Notices = append(s.Notices, e.notices...)
	own := s.Settings.TrackerRules()
	e.mu.Unlock()
	if trouble := e.trouble(); trouble != nil {
		s.Trouble = Trouble{TroubleDisk, trouble.Error()}
		if s.State == On {
			s.State = Degraded
		}
	}
	_, s.Seq = e.activity.Bounds()
	s.Names = e.names.Changes()
	s.Totals = e.reporter.Totals()
	s.Day = e.reporter.Day(now)
	s.Databases = e.watcher.Databases()
	s.Swarm = e.swarm.Status()
	waiting := e.addWaiting(s)
	e.rows.update(e, s.At, s.Names, waiting)
	s.Torrents, s.Trackers, s.Hashes = e.rows.rows, e.rows.trackers(e, own), len(e.rows.hashes)
	return s
}

// addWaiting lists the pending announces, and counts them by the ID of their torrent on its tracker.
func (e *Engine) addWaiting(s *Snapshot) map[string]int {
	all := e.spool.All()
	if len(all) == 0 {
		return nil
	}
	var last []Kept
	if l := e.publish.Last(); l != nil {
		last = l.Waiting
	}
	waiting, tries := make(map[string]int, len(all)), map[string]time.Time{}
	s.Waiting = make([]Kept, 0, len(all))
	for i := range all {
		k := &all[i]
		next, known := tries[k.Scheme+k.Host]
		if !known {
			next, _ = e.health.Next(k.HealthKey())
			tries[k.Scheme+k.Host] = next
		}
		if t := k.Earliest(); t.After(next) {
			next = t
		}
		for len(last) > 0 && last[0].ID < k.ID {
			last = last[1:]
		}
		var torrent string
		if len(last) > 0 && last[0].ID == k.ID {
			torrent = last[0].torrent
		} else {
			torrent = report.TorrentID(k.Host, k.Key.InfoHash)
		}
		waiting[torrent]++
		s.Waiting = append(s.Waiting, Kept{
			ID: k.ID, torrent: torrent, InfoHash: k.Key.InfoHash, Name: e.names.Lookup(k.Key.InfoHash).Name, Tracker: k.Host, Event: k.Event, Reported: k.Reported, Since: k.Since,
			NextTry: next, Tries: k.Tries, Problem: k.Problem,
		})
	}
	return waiting
}
