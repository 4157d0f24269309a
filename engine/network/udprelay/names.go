package udprelay

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/socks"
)

// Limits for resolving the names that clients send datagrams to.
const (
	maxNames   = 256
	maxLookups = 16
	maxWaiting = 1 << 20         // bytes of datagrams that wait for names, with their overhead
	nameTime   = time.Minute     // after that a name is resolved again: the network may be another by then
	failedTime = 5 * time.Second // the same for a name that did not resolve
)

// name is a host name and what it resolved to.
type name struct {
	addr    netip.Addr      // valid if it has resolved
	problem *upstream.Error // why it has not resolved
	until   time.Time       // zero while it is being resolved
	waiting []waiting
}

type waiting struct {
	client  netip.AddrPort // its socket
	to      socks.Address
	payload []byte
}

// holder is the overhead of a waiting datagram, in bytes.
const holder = 64

// place is where a datagram goes.
type place struct {
	client  netip.AddrPort  // the client's socket that sent it
	called  socks.Address   // as the client named it
	at      netip.AddrPort  // where it is sent; without an address if the name does not resolve
	problem *upstream.Error // why the name does not resolve
}

// route finds the address for a datagram, and dispatches it. The payload is valid until route returns.
func (a *association) route(client netip.AddrPort, to socks.Address, payload []byte) {
	if to.IP.IsValid() {
		a.dispatch(place{client: client, called: to, at: netip.AddrPortFrom(to.IP, to.Port)}, payload)
		return
	}
	a.mu.Lock()
	n, known := a.names[to.Name]
	switch {
	case known && n.until.IsZero():
		a.wait(n, waiting{client, to, payload})
		a.mu.Unlock()
		return
	case known && time.Now().Before(n.until):
		a.mu.Unlock()
		a.dispatch(n.place(client, to), payload)
		return
	case a.lookup >= maxLookups || a.over:
		a.mu.Unlock()
		return // dropped, as datagrams may be; the client repeats it
	}
	for other, v := range a.names {
		if len(a.names) < maxNames {
			break
		}
		if !v.until.IsZero() {
			delete(a.names, other)
		}
	}
	n = &name{}
	a.wait(n, waiting{client, to, payload})
	a.names[to.Name] = n
	a.lookup++
	a.mu.Unlock()
	a.begin(func() { a.resolve(to.Name, n) })
}

// wait keeps a datagram until its host name is resolved, and drops it if too many bytes wait; the caller holds mu.
func (a *association) wait(n *name, w waiting) {
	if a.waiting+len(w.payload)+holder > maxWaiting {
		return // dropped, as datagrams may be
	}
	a.waiting += len(w.payload) + holder
	w.payload = bytes.Clone(w.payload)
	n.waiting = append(n.waiting, w)
}

// place returns where a datagram for this name goes; the name must have been resolved.
func (n *name) place(client netip.AddrPort, to socks.Address) place {
	if n.problem != nil {
		return place{client: client, called: to, at: netip.AddrPortFrom(netip.Addr{}, to.Port), problem: n.problem}
	}
	return place{client: client, called: to, at: netip.AddrPortFrom(n.addr, to.Port)}
}

var errNoAddress = errors.New("the tracker's name has no address that this machine can reach")

// resolve resolves a name, and dispatches the datagrams that have waited for it.
func (a *association) resolve(host string, n *name) {
	ctx, cancel := context.WithTimeout(a.ctx, connectTime)
	defer cancel()
	var addrs []netip.Addr
	err := error(errNoAddress)
	if !a.r.Only.IsValid() { // a demonstration queries no name server: its tracker has an IP address
		addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	found := name{until: time.Now().Add(nameTime), addr: a.choose(addrs)}
	if !found.addr.IsValid() {
		if err == nil {
			err = errNoAddress
		}
		found.problem, found.until = upstream.Classify("dial", err), time.Now().Add(failedTime)
	}
	a.mu.Lock()
	a.lookup--
	for _, w := range n.waiting {
		a.waiting -= len(w.payload) + holder
	}
	n.addr, n.problem, n.until = found.addr, found.problem, found.until
	later := n.waiting
	n.waiting = nil
	a.mu.Unlock()
	for _, w := range later {
		a.dispatch(n.place(w.client, w.to), w.payload)
	}
}

// choose returns the address to which the datagrams for a name go, if there is one. IPv4 goes first, because trackers
// answer with peers of the family over which they are asked; but a computer may have no route for IPv4, or none for IPv6.
func (a *association) choose(addrs []netip.Addr) netip.Addr {
	var first4, first6 netip.Addr
	for _, ip := range addrs {
		ip = ip.Unmap().WithZone("")
		if ip.Is4() && a.out4 != nil && !first4.IsValid() {
			first4 = ip
		}
		if ip.Is6() && a.out6 != nil && !first6.IsValid() {
			first6 = ip
		}
	}
	if !first4.IsValid() || first6.IsValid() && !a.r.hasRoute(first4) && a.r.hasRoute(first6) {
		return first6
	}
	return first4
}

// hasRoute reports whether this computer has a route to an address. It sends nothing.
func hasRoute(to netip.Addr) bool {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
