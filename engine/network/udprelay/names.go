package udprelay

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/socks"
)

// Bounds of looking up the names that clients send datagrams to.
const (
	maxNames   = 256
	maxLookups = 16
	maxWaiting = 1 << 20         // bytes of datagrams that wait for names, with what holds each
	nameTime   = time.Minute     // a name is looked up anew after it: the network may be another by then
	failedTime = 5 * time.Second // and after it if it did not resolve
)

// names are the host names that an association's client sends to.
type names struct {
	mu      sync.Mutex
	known   map[string]*name // guarded by mu
	lookups int              // guarded by mu; being resolved
	waiting int              // guarded by mu; see maxWaiting
}

// name is a host name on its way to an address.
type name struct {
	addr    netip.Addr      // valid when it has resolved
	problem *upstream.Error // why it has not
	until   time.Time       // zero while it is looked up
	waiting []waiting
}

type waiting struct {
	to      socks.Address
	payload []byte
}

// holder is what a datagram that waits takes beside its bytes.
const holder = 64

// place is where a datagram goes.
type place struct {
	called  socks.Address   // as the client says
	at      netip.AddrPort  // as it is sent; without an address if the name does not resolve
	problem *upstream.Error // why not
}

// route finds the address a datagram goes to, and lets it go there. The payload is valid until route returns.
func (a *association) route(to socks.Address, payload []byte) {
	if to.IP.IsValid() {
		a.dispatch(place{called: to, at: netip.AddrPortFrom(to.IP, to.Port)}, payload)
		return
	}
	p, known, look := a.names.find(to, payload)
	switch {
	case known:
		a.dispatch(p, payload)
	case look != nil:
		a.begin(func() { a.resolve(to.Name, look) })
	}
}

// find returns where a datagram goes. If that is not known the datagram waits, and is lost, as datagrams may be, where too
// much does; look is a name that the caller is to look up.
func (s *names) find(to socks.Address, payload []byte) (p place, known bool, look *name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.known[to.Name]
	switch {
	case n != nil && n.until.IsZero():
		s.wait(n, to, payload)
		return place{}, false, nil
	case n != nil && time.Now().Before(n.until):
		return n.place(to), true, nil
	case s.lookups >= maxLookups:
		return place{}, false, nil // the client repeats it
	}
	for other, v := range s.known {
		if len(s.known) < maxNames {
			break
		}
		if !v.until.IsZero() {
			delete(s.known, other)
		}
	}
	if s.known == nil {
		s.known = map[string]*name{}
	}
	n = &name{}
	s.wait(n, to, payload)
	s.known[to.Name] = n
	s.lookups++
	return place{}, false, n
}

// wait lets a datagram wait for its name; the caller holds mu.
func (s *names) wait(n *name, to socks.Address, payload []byte) {
	if s.waiting+len(payload)+holder > maxWaiting {
		return // lost, as datagrams may be
	}
	s.waiting += len(payload) + holder
	n.waiting = append(n.waiting, waiting{to, bytes.Clone(payload)})
}

// found notes what a name was found to be, and returns what has waited for it.
func (s *names) found(n *name, as name) []waiting {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookups--
	for _, w := range n.waiting {
		s.waiting -= len(w.payload) + holder
	}
	later := n.waiting
	*n = as
	return later
}

// place is where a datagram for this name goes; the name must have been looked up.
func (n *name) place(to socks.Address) place {
	if n.problem != nil {
		return place{called: to, at: netip.AddrPortFrom(netip.Addr{}, to.Port), problem: n.problem}
	}
	return place{called: to, at: netip.AddrPortFrom(n.addr, to.Port)}
}

var errNoAddress = errors.New("the tracker's name has no address that this machine can reach")

// resolve looks a name up, and sends on what has waited for it. IPv4 goes first: trackers answer with the peers of the
// family they are asked over.
func (a *association) resolve(host string, n *name) {
	ctx, cancel := context.WithTimeout(a.ctx, connectTime)
	defer cancel()
	var addrs []netip.Addr
	err := error(errNoAddress)
	if !a.r.Only.IsValid() { // a demonstration asks no name server: its tracker is called by its address
		addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	found := name{until: time.Now().Add(nameTime)}
	for _, ip := range addrs {
		if ip = plain(ip); a.canReach(ip) && (!found.addr.IsValid() || ip.Is4() && !found.addr.Is4()) {
			found.addr = ip
		}
	}
	if !found.addr.IsValid() {
		if err == nil {
			err = errNoAddress
		}
		found.problem, found.until = upstream.Classify("dial", err), time.Now().Add(failedTime)
	}
	for _, w := range a.names.found(n, found) {
		a.dispatch(found.place(w.to), w.payload)
	}
}
