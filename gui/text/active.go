package text

import (
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
)

// ActiveClient is a client that announces through this program: its name, and how many torrents it shares.
type ActiveClient struct {
	Client   string
	Torrents int
}

// ActiveClients returns the clients that lose their trackers when this program stops: those that announced lately and
// have not sent `stopped`. Clients with the most torrents come first.
func ActiveClients(s *engine.Snapshot, now time.Time) []ActiveClient {
	var all []ActiveClient
	type share struct {
		client string
		hash   bittorrent.InfoHash
	}
	counted := map[share]bool{}
	for _, t := range s.Torrents {
		if isSilent(t, now) || t.Event == bittorrent.EventStopped {
			continue
		}
		if of := (share{t.Client, t.InfoHash}); counted[of] {
			continue // counted already, on another tracker
		} else {
			counted[of] = true
		}
		at := 0
		for at < len(all) && all[at].Client != t.Client {
			at++
		}
		if at == len(all) {
			all = append(all, ActiveClient{Client: t.Client})
		}
		all[at].Torrents++
		for ; at > 0 && all[at].Torrents > all[at-1].Torrents; at-- {
			all[at], all[at-1] = all[at-1], all[at]
		}
	}
	return all
}
