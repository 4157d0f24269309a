package httpway

import (
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
)

// led remembers where public trackers redirected clients of the gateway, by host:port. The redirect chooses the bytes
// that the client sends next, so the address counts and not the announce. The guards that clients have against such
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

// mayLead reports whether a tracker that was reached at a public address may redirect to another address. A name is not
// judged here: its addresses count when it is dialled.
func mayLead(address string) bool {
	a, ok := literal(address)
	return !ok || !upstream.Private(a)
}

// literal returns the address that a host:port holds, if it holds no name.
func literal(address string) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(address)
	return ap.Addr().Unmap().WithZone(""), err == nil
}
