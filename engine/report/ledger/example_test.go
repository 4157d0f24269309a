package ledger_test

import (
	"fmt"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// A session from its start: a factor applies to new upload, and a smaller one takes nothing back.
func ExampleSession_Announce() {
	var s ledger.Session
	now, known := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), false
	for _, step := range []struct {
		event    bittorrent.Event
		uploaded uint64
		factor   policy.Factor
	}{
		{bittorrent.EventStarted, 0, 2 * policy.One},
		{bittorrent.EventNone, 100, 2 * policy.One},
		{bittorrent.EventNone, 200, 3 * policy.One},
		{bittorrent.EventNone, 300, policy.One},
		{bittorrent.EventNone, 300, 10 * policy.One},
	} {
		now = now.Add(30 * time.Minute)
		a := bittorrent.Announce{Event: step.event, Counters: bittorrent.Counters{Uploaded: step.uploaded}}
		s, _ = s.Announce(a, known, policy.Rule{Factor: step.factor}, now)
		known = true
		fmt.Printf("uploaded %3d at %2s×: reported %3d, added %3d\n", s.Seen, step.factor, s.Reported, s.Reported-s.Seen)
	}
	// Output:
	// uploaded   0 at  2×: reported   0, added   0
	// uploaded 100 at  2×: reported 200, added 100
	// uploaded 200 at  3×: reported 500, added 300
	// uploaded 300 at  1×: reported 600, added 300
	// uploaded 300 at 10×: reported 600, added 300
}
