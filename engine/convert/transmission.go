package convert

import (
	"context"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/transmission"
)

// Listed is a torrent of a running Transmission with its trackers as they are and as they would be, tier by tier,
// both masked for the screen and of the same length.
type Listed struct {
	InfoHash      bittorrent.InfoHash
	Name          string
	Before, After []string
	Changes       int // how many of them differ
}

// Transmission lists a running Transmission's torrents with what leading them through the gateway of a program
// that listens at listen, or with back past it again, would do to their trackers. It changes nothing. The error is a
// *[transmission.Error] or a *[Error].
func Transmission(ctx context.Context, a transmission.Access, listen string, back bool) ([]Listed, error) {
	readdress, err := readdresser(listen, back)
	if err != nil {
		return nil, err
	}
	c, err := transmission.New(a)
	if err != nil {
		return nil, err
	}
	defer c.Close()
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

// Retrack leads the trackers of these torrents through the gateway, or with back past it again, which is
// the undo: the addresses are then what they were, byte for byte. It asks Transmission anew for the trackers of now.
// changed is how many torrents have others; with an error, some may.
func Retrack(ctx context.Context, a transmission.Access, listen string, back bool, torrents []bittorrent.InfoHash) (changed int, err error) {
	if len(torrents) == 0 {
		return 0, nil // to the RPC no hash would mean all
	}
	readdress, err := readdresser(listen, back)
	if err != nil {
		return 0, err
	}
	c, err := transmission.New(a)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	now, err := c.Torrents(ctx, torrents...)
	if err != nil {
		return 0, err
	}
	for _, t := range now {
		n, err := c.Readdress(ctx, t, readdress)
		if err != nil {
			return changed, err
		}
		if n > 0 {
			changed++
		}
	}
	return changed, nil
}

// readdresser is what becomes of one tracker's address.
func readdresser(listen string, back bool) (func(string) (string, bool), error) {
	if back {
		return bittorrent.FromGateway, nil
	}
	addr, err := clientAddr(listen)
	return func(t string) (string, bool) { return bittorrent.ThroughGateway(t, addr) }, err
}

// shownAddress is a tracker's address without what may be a passkey, inside a gateway's too.
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
