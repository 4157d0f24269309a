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

// lookupTime bounds the look-up of a name that only decides who gets a cached answer.
const lookupTime = 2 * time.Second

// cacheID returns the tracker under which answers are cached. Where this program listens for other computers, a client
// may name one tracker in its Host line and reach another server, whose answers other clients would get while the
// tracker is away. So the answers of a server that the tracker's name does not resolve to are cached for that client's
// computer alone. The ledger makes no such difference: a total concerns its own client only.
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

// leadsTo reports whether a name resolves to the server at address (host:port). In doubt it is false.
func (s *Way) leadsTo(ctx context.Context, name, address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(name, host) {
		return true // it is looked up here
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
