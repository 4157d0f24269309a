package convert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/qbittorrent"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/clients/transmission"
)

// Client is the remote access of a running client that can change the trackers of its torrents.
type Client interface {
	Torrents(ctx context.Context, only ...bittorrent.InfoHash) ([]remote.Torrent, error)
	Readdress(ctx context.Context, t remote.Torrent, f func(announce string) (string, bool)) (changed int, err error)
	Name() string // for people
	Close()
}

// Reach has the functions that connect to the clients with such an access, by their keys in package clients.
var Reach = map[string]func(remote.Access) (Client, error){
	"transmission": func(a remote.Access) (Client, error) { return transmission.New(a) },
	"qbittorrent":  func(a remote.Access) (Client, error) { return qbittorrent.New(a) },
}

// Listed is a torrent of a running client with its trackers as they are and as they would be. Both are tier by tier,
// masked for the screen, and of the same length.
type Listed struct {
	InfoHash      bittorrent.InfoHash
	Name          string
	Before, After []string
	Changes       int // how many trackers would change
}

// Torrents lists a running client's torrents, with the trackers that they would have through the gateway of a program
// that listens at listen, or, with back, without it. It changes nothing. Only trackers with one of the schemes count,
// such as "https", and those that are converted already; without schemes, all do. The error is a *[remote.Error] or a *[Error].
func Torrents(ctx context.Context, c Client, listen string, back bool, schemes ...string) ([]Listed, error) {
	readdress, err := readdresser(listen, back, schemes)
	if err != nil {
		return nil, err
	}
	torrents, err := c.Torrents(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, 0, len(torrents))
	for _, t := range torrents {
		v := Listed{InfoHash: t.InfoHash, Name: t.Name}
		for _, k := range t.Trackers {
			to, ok := readdress(k.Announce)
			if !ok {
				to = k.Announce
			}
			if to != k.Announce {
				v.Changes++
			}
			v.Before, v.After = append(v.Before, shownAddress(k.Announce)), append(v.After, shownAddress(to))
		}
		out = append(out, v)
	}
	return out, nil
}

// Retrack leads the trackers of these torrents through the gateway. With back it undoes that: the addresses are then as
// they were, byte for byte. It first reads the trackers from the client again. changed is how many torrents have other
// trackers; with an error, it may be more. A torrent that refuses does not keep the others from being changed. At the end
// Retrack checks that the client accepted all changes; if not, the error is a *[remote.Error] of [remote.NotTaken].
func Retrack(ctx context.Context, c Client, listen string, back bool, torrents []bittorrent.InfoHash, schemes ...string) (changed int, err error) {
	if len(torrents) == 0 {
		return 0, nil // for the client, an empty list of hashes would mean all torrents
	}
	readdress, err := readdresser(listen, back, schemes)
	if err != nil {
		return 0, err
	}
	now, err := c.Torrents(ctx, torrents...)
	if err != nil {
		return 0, err
	}
	left := map[bittorrent.InfoHash]int{} // how many trackers should have changed but have not
	refused, kept := 0, 0
	for _, t := range now {
		n, err := c.Readdress(ctx, t, readdress)
		var no *remote.Error
		switch {
		case errors.As(err, &no) && no.Kind == remote.NotDone:
			refused++ // for example, it has a tracker with the new address already
		case err != nil:
			return changed, err
		case n > 0:
			left[t.InfoHash] = differing(t, readdress) - n
		}
		changed += min(n, 1)
	}
	if len(left) > 0 {
		if now, err = c.Torrents(ctx, slices.Collect(maps.Keys(left))...); err != nil {
			return changed, err
		}
		for _, t := range now {
			if differing(t, readdress) > left[t.InfoHash] {
				kept++
			}
		}
	}
	if refused += kept; refused > 0 {
		return changed - kept, &remote.Error{Client: c.Name(), Kind: remote.NotTaken, Err: fmt.Errorf("%d torrents have not taken their trackers", refused)}
	}
	return changed, nil
}

// differing returns how many trackers of a torrent would change.
func differing(t remote.Torrent, readdress func(string) (string, bool)) (n int) {
	for _, k := range t.Trackers {
		if to, ok := readdress(k.Announce); ok && to != k.Announce {
			n++
		}
	}
	return n
}

// readdresser returns a function that returns a tracker's new address.
func readdresser(listen string, back bool, schemes []string) (func(string) (string, bool), error) {
	if back {
		return bittorrent.FromGateway, nil
	}
	addr, err := clientAddr(listen)
	return func(t string) (string, bool) {
		// A converted tracker needs the present address, whatever its scheme.
		_, converted := bittorrent.FromGateway(t)
		if scheme, _, _ := strings.Cut(t, "://"); !converted && len(schemes) > 0 && !slices.Contains(schemes, strings.ToLower(scheme)) {
			return "", false
		}
		return bittorrent.ThroughGateway(t, addr)
	}, err
}

// shownAddress returns a tracker's address without what may be a passkey, also inside a gateway address.
func shownAddress(address string) string {
	if tracker, ok := bittorrent.FromGateway(address); ok {
		scheme, rest, _ := strings.Cut(tracker, "://")
		_, shown, _ := strings.Cut(shownAddress(tracker), "://")
		return strings.TrimSuffix(address, scheme+"/"+rest) + scheme + "/" + shown
	}
	scheme, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	u, err := bittorrent.NewTrackerURL(scheme, authority, path)
	switch {
	case err == nil:
		return u.String()
	case slices.Contains([]string{"http", "https", "udp", "ws", "wss"}, strings.ToLower(scheme)):
		return scheme + "://…"
	}
	return "…"
}
