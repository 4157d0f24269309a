package engine

import (
	"cmp"
	"time"

	"bittoratio/engine/feed"
)

// Snapshot returns the whole present state. It never changes.
func (e *Engine) Snapshot() *Snapshot { return e.publish.Newest() }

// Subscribe returns a subscription, which signals every change, at most five times a second, until it is closed.
func (e *Engine) Subscribe() *feed.Subscription { return e.publish.Subscribe() }

// build makes a snapshot.
func (e *Engine) build() *Snapshot {
	now := time.Now()
	s := &Snapshot{At: now, Delivery: e.delivery.Load(), HTTPS: e.authority.State()}
	inForce := e.settings.InForce()
	s.Settings, s.SettingsFault, s.Run = e.settings.Saved(), e.settings.Fault(), e.settings.Run()
	s.UDPRefused = !s.Settings.UDPTrackers && e.udp.Load() == udpRefused
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
	pending := e.addPending(s)
	s.Trackers = e.rows.update(e, s.At, s.Names, pending, own)
	s.Torrents, s.Hashes = e.rows.rows, len(e.rows.hashes)
	return s
}
