//go:build clients

package clientstest

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/practice"
)

// TestRealClientsMeetThroughThePracticeTracker: Transmission, qBittorrent, and libtorrent over UDP find each other through
// the practice tracker alone, and each gets the whole file. The tracker knows all of them, with their own totals.
func TestRealClientsMeetThroughThePracticeTracker(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	const at = "10.99.0.8:20450"
	tracker := practice.New(practice.Options{})
	here := netip.MustParsePrefix("10.99.0.0/24")
	server, err := practice.Listen(tracker, at, here.Contains, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})

	s := swarm{torrent: newTorrent("http://" + at + "/announce"), relay: &relay{peers: map[string]net.IP{}}, port: 20450}
	seeder := s.newClient(t, "Transmission", 1)
	seeder.start()
	seeder.share(true)
	eventually(t, "the tracker knows Transmission", func() bool { return len(tracker.Peers()) == 1 })
	s.leech(t, 2) // a second Transmission
	q := s.newQBittorrent(t, 3)
	q.start()
	q.share()
	overUDP := startLibtorrent(t, "libtorrent", newTorrent("udp://"+at+"/announce"), false, map[string]any{"listen": "10.99.0.4:20460"})
	overUDP.await("finished", 1)

	var names []string
	eventually(t, "the tracker knows four clients", func() bool {
		names = nil
		for _, p := range tracker.Peers() {
			name, _, _ := strings.Cut(clients.NameOf(p.ID), " ")
			names = append(names, name)
		}
		slices.Sort(names)
		return slices.Equal(names, []string{"Transmission", "Transmission", "libtorrent", "qBittorrent"})
	})
	for _, shown := range [][]string{q.trackerErrors(), {seeder.view().ErrorString}} {
		if len(shown) > 0 && shown[0] != "" {
			t.Errorf("a client shows the tracker error %q", shown)
		}
	}
	uploaded := seeder.view().Uploaded
	seeder.call("torrent-stop", nil, nil)
	eventually(t, "the tracker received Transmission's stopped, with its own total", func() bool {
		for _, p := range tracker.Peers() {
			if p.Stopped && p.Counters.Uploaded == uploaded && uploaded >= torrentSize {
				return true
			}
		}
		return false
	})
}
