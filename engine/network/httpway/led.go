package httpway

import (
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
)

// led remembers to where public trackers redirected clients of the gateway, as host:port. The redirect determines the
// bytes that the client sends next, so only the address counts, not the announce. Clients' own guards against such
// redirects (libtorrent has one) see only this program's address. It is safe for concurrent use.
type led struct {
	mu sync.Mutex
	m  map[string]time.Time // guarded by mu; until when
}

// add records that a public tracker redirected a client to an address.
func (l *led) add(address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a, until := range l.m {
		if now.After(until) || len(l.m) >= maxRedirects {
			delete(l.m, a)
		}
	}
	if l.m == nil {
		l.m = map[string]time.Time{}
	}
	l.m[address] = now.Add(redirectTime)
}

// has reports whether a public tracker redirected a client to an address within redirectTime.
func (l *led) has(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.m[address]
	return ok && !now.After(until)
}

// mayLead reports whether a tracker at a public address may redirect to another address. It always accepts a name,
// whose addresses are checked when it is dialled.
func mayLead(address string) bool {
	a, ok := literal(address)
	return !ok || !upstream.Private(a)
}

// literal returns the address in a host:port; ok is false if the host is a name.
func literal(address string) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(address)
	return ap.Addr().Unmap().WithZone(""), err == nil
}
