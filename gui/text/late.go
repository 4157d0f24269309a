package text

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
)

// How late an announce may be before the window shows it; clients are sometimes late. Unless noted, the time counts
// from when the announce was due, at the end of its tracker's interval.
const (
	silentAfter           = 5 * time.Minute  // the client is no longer active; see ActiveClients
	silentWithoutInterval = 35 * time.Minute // the same, counted from the last announce, if the tracker gave no interval
	overdueAfter          = 10 * time.Minute // the torrent is overdue
	goneAfter             = 24 * time.Hour   // the torrent is gone
)

// isSilent reports whether a torrent's client has not announced for so long that it seems to have ended.
func isSilent(t *engine.Torrent, now time.Time) bool {
	if t.Next.IsZero() {
		return now.After(t.Last.Add(silentWithoutInterval))
	}
	return now.After(t.Next.Add(silentAfter))
}

// Overdue reports whether a torrent's client should have announced it before now.
func Overdue(t *engine.Torrent, now time.Time) bool {
	return t.Event != bittorrent.EventStopped && !t.Next.IsZero() && now.After(t.Next.Add(overdueAfter))
}

// Gone reports whether a torrent's client has not announced for so long that it no longer counts.
func Gone(t *engine.Torrent, now time.Time) bool {
	due := t.Last
	if t.Next.After(due) {
		due = t.Next
	}
	return now.After(due.Add(goneAfter))
}
