//go:build clients

package clientstest

import (
	"context"
	"net"
	"slices"
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
)

// TestTransmissionsTrackersAreConvertedAndTurnedBack replaces the trackers of one of two torrents in a running
// Transmission by gateway addresses, and then restores them.
func TestTransmissionsTrackersAreConvertedAndTurnedBack(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	const tracker, listen = "https://t.example/0123456789abcdef0123456789abcdef/announce", "127.0.0.1:8080"
	s := swarm{torrent: newTorrent(tracker), relay: &relay{peers: map[string]net.IP{}}, port: 23100}
	c := s.newClient(t, "Transmission", 1)
	c.writeConfig(map[string]any{"start-added-torrents": false})
	c.start()
	c.share(false)
	chosen := c.torrent.hash
	c.torrent = newTorrentNamed("other.bin", "udp://u.example:80/announce")
	c.share(false)

	announces := func() (all []string) {
		t.Helper()
		var reply struct {
			Torrents []struct {
				Trackers []struct {
					Announce string `json:"announce"`
				} `json:"trackers"`
			} `json:"torrents"`
		}
		c.call("torrent-get", map[string]any{"fields": []string{"trackers"}}, &reply)
		for _, one := range reply.Torrents {
			for _, k := range one.Trackers {
				all = append(all, k.Announce)
			}
		}
		slices.Sort(all)
		return all
	}
	ctx := context.Background()
	access, err := convert.Reach["transmission"](remote.Access{Address: c.rpcAddr()})
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	listed, err := convert.Torrents(ctx, access, listen, false)
	if err != nil || len(listed) != 2 || listed[0].Changes != 1 || listed[1].Changes != 1 {
		t.Fatalf("torrents: %+v (%v), want two with one change each", listed, err)
	}
	if n, err := convert.Retrack(ctx, access, listen, false, []bittorrent.InfoHash{chosen}); n != 1 || err != nil {
		t.Fatalf("%d torrents were changed (%v), want 1", n, err)
	}
	through, _ := bittorrent.ThroughGateway(tracker, listen)
	if got, want := announces(), []string{through, "udp://u.example:80/announce"}; !slices.Equal(got, want) {
		t.Errorf("Transmission has the trackers %q, want %q", got, want)
	}
	if n, err := convert.Retrack(ctx, access, listen, true, []bittorrent.InfoHash{chosen, c.torrent.hash}); n != 1 || err != nil {
		t.Errorf("%d torrents were changed back (%v), want 1", n, err)
	}
	if got, want := announces(), []string{tracker, "udp://u.example:80/announce"}; !slices.Equal(got, want) {
		t.Errorf("after the undo Transmission has the trackers %q, want %q", got, want)
	}
}
