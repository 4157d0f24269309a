package engine

import (
	"time"

	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

// addPending adds the pending announces to a snapshot, and counts them by the ID of their torrent on its tracker.
func (e *Engine) addPending(s *Snapshot) map[string]int {
	all := e.spool.All()
	if len(all) == 0 {
		return nil
	}
	var last []Pending
	if l := e.publish.Last(); l != nil {
		last = l.Pending
	}
	waiting, tries, before := make(map[string]int, len(all)), map[string]time.Time{}, map[ledger.Key]time.Time{}
	s.Pending = make([]Pending, 0, len(all))
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
		if t := before[k.Key]; t.After(next) { // a session's announces are delivered in order
			next = t
		}
		before[k.Key] = next
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
		s.Pending = append(s.Pending, Pending{
			ID: k.ID, torrent: torrent, InfoHash: k.Key.InfoHash, Name: e.names.Lookup(k.Key.InfoHash).Name, Tracker: k.Host, Event: k.Event, Reported: k.Reported, Since: k.Since,
			NextTry: next, Tries: k.Tries, Problem: k.Problem,
		})
	}
	return waiting
}

// Deliver tries a pending announce at once.
func (e *Engine) Deliver(id uint64) {
	if key, ok := e.spool.RetryNow(id); ok {
		e.health.ClearBackoff(key)
		e.spool.Wake()
		e.publish.Mark()
	}
}

// Forget drops a pending announce, which its tracker will then never receive.
func (e *Engine) Forget(id uint64) {
	e.spool.Remove(id)
	e.publish.Mark()
}
