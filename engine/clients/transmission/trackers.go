package transmission

import (
	"context"
	"errors"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
)

// listVersion is the first RPC version that accepts all trackers of a torrent as one text (Transmission 4.0).
const listVersion = 17

// Torrents lists all torrents, or only those with these hashes.
func (c *Client) Torrents(ctx context.Context, only ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	arguments := map[string]any{"fields": []string{"hashString", "name", "trackers"}}
	if len(only) > 0 {
		arguments["ids"] = hashes(only)
	}
	var reply struct {
		Torrents []struct {
			HashString string `json:"hashString"`
			Name       string `json:"name"`
			Trackers   []struct {
				ID       int64  `json:"id"`
				Tier     int    `json:"tier"`
				Announce string `json:"announce"`
			} `json:"trackers"`
		} `json:"torrents"`
	}
	if err := c.call(ctx, "torrent-get", arguments, &reply); err != nil {
		return nil, err
	}
	out := make([]remote.Torrent, 0, len(reply.Torrents))
	for _, r := range reply.Torrents {
		h, err := bittorrent.ParseInfoHash(r.HashString)
		if err != nil {
			return nil, fail(remote.NotSpeaking, errors.New("it named a torrent by something other than an info hash"))
		}
		t := remote.Torrent{InfoHash: h, Name: r.Name}
		for _, k := range r.Trackers {
			t.Trackers = append(t.Trackers, remote.Tracker(k))
		}
		slices.SortStableFunc(t.Trackers, func(a, b remote.Tracker) int { return a.Tier - b.Tier })
		out = append(out, t)
	}
	return out, nil
}

func hashes(of []bittorrent.InfoHash) []string {
	out := make([]string, len(of))
	for i, h := range of {
		out[i] = h.String()
	}
	return out
}

// Readdress gives the trackers of a torrent the new addresses for which f returns true. Tiers and order stay. t must
// come from [Client.Torrents]. changed is how many trackers have changed.
func (c *Client) Readdress(ctx context.Context, t remote.Torrent, f func(announce string) (string, bool)) (changed int, err error) {
	var pairs []any
	list := slices.Clone(t.Trackers)
	for i, k := range list {
		to, ok := f(k.Announce)
		if !ok || to == k.Announce {
			continue
		}
		list[i].Announce = to
		pairs = append(pairs, k.ID, to)
	}
	if len(pairs) == 0 {
		return 0, nil
	}
	version, err := c.rpcVersion(ctx)
	if err != nil {
		return 0, err
	}
	arguments := map[string]any{"ids": hashes([]bittorrent.InfoHash{t.InfoHash})}
	if version >= listVersion {
		arguments["trackerList"] = trackerList(list)
	} else {
		arguments["trackerReplace"] = pairs
	}
	if err := c.call(ctx, "torrent-set", arguments, nil); err != nil {
		return 0, err
	}
	return len(pairs) / 2, nil
}

// trackerList returns one address per line, with an empty line between tiers.
func trackerList(list []remote.Tracker) string {
	var b strings.Builder
	for i, k := range list {
		if i > 0 && list[i-1].Tier != k.Tier {
			b.WriteByte('\n')
		}
		b.WriteString(k.Announce + "\n")
	}
	return b.String()
}

// rpcVersion returns the version of Transmission's RPC.
func (c *Client) rpcVersion(ctx context.Context) (int, error) {
	c.mu.Lock()
	version := c.version
	c.mu.Unlock()
	if version > 0 {
		return version, nil
	}
	var reply struct {
		Version int `json:"rpc-version"`
	}
	if err := c.call(ctx, "session-get", map[string]any{}, &reply); err != nil {
		return 0, err
	}
	c.mu.Lock()
	c.version = reply.Version
	c.mu.Unlock()
	return reply.Version, nil
}
