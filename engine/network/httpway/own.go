package httpway

import (
	"context"
	"crypto/sha256"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
)

// lookupTime limits the resolution of a name that only decides which clients get a cached answer.
const lookupTime = 2 * time.Second

// cacheID returns the tracker under which answers are cached. If this program listens for other computers, a client may
// name one tracker in its Host line and reach another server, whose answers other clients would get while the tracker
// is away. So if the tracker's name does not resolve to the server, its answers are cached only for that client's
// computer. The ledger makes no such difference, because a total concerns only its own client.
func (c *Stream) cacheID(ctx context.Context, tracker bittorrent.TrackerURL) bittorrent.TrackerID {
	id := tracker.ID()
	if !c.via.Tunnelled() || c.via.Target.ServerName != "" || !c.client.Remote() || c.s.leadsTo(ctx, tracker.Hostname(), c.via.Target.Address) {
		return id
	}
	from := c.client.TCP().RemoteAddr().String()
	if host, _, err := net.SplitHostPort(from); err == nil {
		from = host
	}
	sum := sha256.Sum256(append(append(id[:], 0), from...))
	return bittorrent.TrackerID(sum[:len(id)])
}

// leadsTo reports whether a name resolves to the server at address (host:port). In doubt it returns false.
func (s *Way) leadsTo(ctx context.Context, name, address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(name, host) {
		return true // this program resolves it
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	at = at.Unmap()
	if a, err := netip.ParseAddr(name); err == nil {
		return a.Unmap() == at
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	all, err := s.lookup(ctx, "ip", name)
	return err == nil && slices.ContainsFunc(all, func(a netip.Addr) bool { return a.Unmap() == at })
}
