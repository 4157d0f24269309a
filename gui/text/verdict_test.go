package text

import (
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/practice"
)

// TestAVerdictNamesEachClientsSpeedOnce: a client that shares many torrents too fast is named once, with its highest
// speed. Every other finding has its own numbers.
func TestAVerdictNamesEachClientsSpeedOnce(t *testing.T) {
	peer := func(id string, findings ...practice.Finding) practice.Status {
		return practice.Status{Peer: practice.Peer{ID: bittorrent.PeerID([]byte(id))}, Findings: findings}
	}
	fast := func(rate uint64) practice.Finding {
		return practice.Finding{Check: practice.CheckSpeed, Rate: rate << 20, Line: 12 << 20}
	}
	fell := practice.Finding{Check: practice.CheckFell, Before: 9 << 20, Now: 3 << 20}
	got := Verdict([]practice.Status{
		peer("-qB4520-000000000001", fast(15)),
		peer("-qB4520-000000000001", fast(24), fell),
		peer("-TR4140-000000000002", fast(13)),
	})
	want := "The tracker noticed: speed (the line carries 12.0 MiB/s): Transmission 4.1.4 at 13.0 MiB/s, qBittorrent 4.5.2 at 24.0 MiB/s; " +
		"qBittorrent 4.5.2: the total fell from 9.00 MiB to 3.00 MiB."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
