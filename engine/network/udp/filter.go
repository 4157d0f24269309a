package udp

import (
	"net/netip"
	"sync"
)

// refused are the networks to which no stranger may direct us: an address in them is this computer, a neighbour, or no
// host. Hosting providers take packets to some of them for a port scan, and by naming the router's own address a
// stranger could forge a request to it.
var refused = networks(
	"0.0.0.0/8", "224.0.0.0/3", // no host, groups
	"10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", // private
	"127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24",
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", // documentation, benchmarks
	"::/8", "fc00::/7", "fe80::/9", "ff00::/8", // fec0::/10 was site-local
	"2001:db8::/32", "3fff::/20", // documentation
	"64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", // they contain an IPv4 address, which may be any of the above
)

// refusedAnyway are the networks that are refused even if local networks are allowed.
var refusedAnyway = networks("0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8")

func networks(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Clean returns the form in which addresses are compared: an IPv4 address inside an IPv6 address (::ffff:0:0/96) as
// IPv4, and without a zone.
func Clean(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// Filter decides which addresses are never sent to and never believed when a stranger names them. It is safe for
// concurrent use. Its zero value refuses all addresses to which the Internet has no route.
type Filter struct {
	LocalNetworks bool // private, loopback and test networks are allowed; for tests only

	mu      sync.RWMutex
	allowed map[netip.AddrPort]bool // guarded by mu
	own     map[netip.AddrPort]bool // guarded by mu
}

// Refuses reports whether a is refused.
func (f *Filter) Refuses(a netip.AddrPort) bool {
	a = Clean(a)
	if !a.IsValid() || a.Port() == 0 {
		return true
	}
	f.mu.RLock()
	own, allowed := f.own[a], f.allowed[a]
	f.mu.RUnlock()
	switch {
	case own:
		return true
	case allowed:
		return within(refusedAnyway, a.Addr())
	case f.LocalNetworks:
		return within(refusedAnyway, a.Addr())
	}
	return within(refused, a.Addr())
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Allow makes one address an exception: the user's own client, which is on this computer.
func (f *Filter) Allow(a netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.allowed == nil {
		f.allowed = map[netip.AddrPort]bool{}
	}
	if len(f.allowed) < 1000 {
		f.allowed[Clean(a)] = true
	}
}

// SetOwn sets the addresses of this program itself: those that others see and those of its sockets.
func (f *Filter) SetOwn(list ...netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.own = map[netip.AddrPort]bool{}
	for _, a := range list {
		f.own[Clean(a)] = true
	}
}
