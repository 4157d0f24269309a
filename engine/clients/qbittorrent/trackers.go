package qbittorrent

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/remote"
)

// Torrents lists all torrents, or only those with these hashes.
func (c *Client) Torrents(ctx context.Context, only ...bittorrent.InfoHash) ([]remote.Torrent, error) {
	var reply []struct {
		Hash string `json:"hash"`
		Name string `json:"name"`
	}
	values := url.Values{}
	if len(only) > 0 {
		names := make([]string, len(only))
		for i, h := range only {
			names[i] = h.String()
		}
		values.Set("hashes", strings.Join(names, "|"))
	}
	if err := c.call(ctx, "torrents/info", values, &reply); err != nil {
		return nil, err
	}
	out := make([]remote.Torrent, 0, len(reply))
	for _, r := range reply {
		h, err := bittorrent.ParseInfoHash(r.Hash)
		if err != nil {
			return nil, fail(remote.NotSpeaking, errors.New("it named a torrent by something other than an info hash"))
		}
		t := remote.Torrent{InfoHash: h, Name: r.Name}
		t.Trackers, err = c.trackers(ctx, h)
		if errors.Is(err, errNotFound) {
			continue // it was removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// trackers lists the trackers of one torrent. In qBittorrent's list, the entries for DHT, PeX and LSD are not
// addresses.
func (c *Client) trackers(ctx context.Context, h bittorrent.InfoHash) ([]remote.Tracker, error) {
	var reply []struct {
		URL  string `json:"url"`
		Tier any    `json:"tier"` // a text if the entry is not a tracker
	}
	if err := c.call(ctx, "torrents/trackers", url.Values{"hash": {h.String()}}, &reply); err != nil {
		return nil, err
	}
	var all []remote.Tracker
	for _, r := range reply {
		if tier, ok := r.Tier.(float64); ok && tier >= 0 && strings.Contains(r.URL, "://") {
			all = append(all, remote.Tracker{Tier: int(tier), Announce: r.URL})
		}
	}
	slices.SortStableFunc(all, func(a, b remote.Tracker) int { return a.Tier - b.Tier })
	return all, nil
}

// Readdress gives the trackers of a torrent the new addresses for which f returns true. Tiers and order stay. changed
// is how many trackers have changed; with an error, some may have. A tracker that refuses, because the torrent has the
// new address already, does not keep the others from being changed. An address with percent signs stays, because
// qBittorrent would write it differently.
func (c *Client) Readdress(ctx context.Context, t remote.Torrent, f func(announce string) (string, bool)) (changed int, err error) {
	var refused error
	for _, k := range t.Trackers {
		to, ok := f(k.Announce)
		if !ok || to == k.Announce || strings.Contains(to, "%") {
			continue
		}
		values := url.Values{"hash": {t.InfoHash.String()}, "origUrl": {k.Announce}, "url": {k.Announce}, "newUrl": {to}} // later versions use url
		err := c.call(ctx, "torrents/editTracker", values, nil)
		var no *remote.Error
		switch {
		case err == nil:
			changed++
		case errors.Is(err, errNotFound):
			return changed, nil // it was removed meanwhile
		case errors.As(err, &no) && no.Kind == remote.NotDone:
			refused = err
		default:
			return changed, err
		}
	}
	return changed, refused
}
