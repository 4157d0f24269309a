package text

import (
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
)

func TestClientsThatAnnouncedRecentlyAreActive(t *testing.T) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	s := engine.Snapshot{Torrents: []*engine.Torrent{
		{Client: "a", Last: ago(50 * time.Minute), Next: ago(-10 * time.Minute)},
		{Client: "a", Last: ago(50 * time.Minute), Next: ago(20 * time.Minute)}, // overdue
		{Client: "b", Last: ago(20 * time.Minute)},
		{Client: "b", InfoHash: bittorrent.InfoHash{1}, Last: ago(time.Minute), Next: ago(-29 * time.Minute)},
		{Client: "b", InfoHash: bittorrent.InfoHash{1}, Last: ago(time.Minute)}, // the same torrent, on another tracker
		{Client: "c", Last: ago(40 * time.Minute)},                              // silent
		{Client: "d", Last: ago(time.Minute), Event: bittorrent.EventStopped},
	}}
	got := ActiveClients(&s, now)
	if len(got) != 2 || got[0] != (ActiveClient{Client: "b", Torrents: 2}) || got[1] != (ActiveClient{Client: "a", Torrents: 1}) {
		t.Errorf("active clients %+v, want b with 2 torrents, then a with 1", got)
	}
}
