package shell

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
)

// Sessions returns the sessions of the torrent whose detail is open: two clients, with starts weeks ago.
func (f *fakeEngine) Sessions(string) []engine.Session {
	out := []engine.Session{
		{Client: "Transmission 4.1.4", Sums: exchange.Sums{Seen: 4 * gib, Reported: 10 * gib}, First: noon.Add(-9 * time.Hour), Last: noon.Add(-5 * time.Second)},
		{Client: "qBittorrent 5.3.0", Sums: exchange.Sums{Seen: 1 * gib, Reported: 2 * gib}, First: noon.Add(-3 * time.Hour), Last: noon.Add(-8 * time.Minute)},
	}
	for i := range 12 {
		first := noon.AddDate(0, 0, -3*i-8)
		out = append(out, engine.Session{Client: "Transmission 4.1.4", Event: bittorrent.EventStopped, Sums: exchange.Sums{Seen: 150 * mib, Reported: 400 * mib}, First: first, Last: first.Add(5 * time.Hour)})
	}
	return out
}

// Noticed returns what a tracker could notice: one check fires, and some are not known.
func (f *fakeEngine) Noticed(string) checks.Noticed {
	return checks.Noticed{
		Since: noon.Add(-9 * time.Hour), Began: true, Counted: true, Rate: 6 * mib, Line: 10 * mib, Ceiling: true,
		Findings: []checks.Finding{{Check: checks.Alone, At: noon, Before: 3 * gib, Now: 3*gib + 400*mib}},
	}
}

// addSessions gives the torrent whose detail is open the numbers that fit Sessions and Noticed.
func addSessions(t *engine.Torrent) {
	t.Sessions, t.Clients, t.Downloaded, t.Noticed = 2, 2, 5*gib, checks.Set(0).With(checks.Alone)
}
