package udprelay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/wire/socks"
)

// Limits.
const (
	maxAssociations = 64   // with connected clients; libtorrent opens one for each of its addresses
	maxTargets      = 4096 // the latest hosts that a client's datagrams went to, and may come from
	maxExchanges    = 4096 // in flight; a client with thousands of torrents starts with all of them
	maxConnections  = 4096 // ids that trackers gave
	drainTime       = 5 * time.Second
	lastTime        = 50 * time.Millisecond // for datagrams that are still in the socket when the client has gone
	buffer          = 1 << 20               // bytes of a socket's buffer; the system may give fewer
)

// connectTime is how long a client's connect waits for the tracker.
const connectTime = upstream.ConnectTimeout

// Parts are what the relay needs; none may be missing.
type Parts struct {
	Desk      *announce.Desk
	Reported  func(ledger.Key) (total uint64, known bool) // the total last sent to a session's tracker
	Only      netip.AddrPort                              // in a demonstration: see [upstream.Dialer]
	Recovered func()                                      // deferred by every goroutine that reads strangers' data
}

// Relay has all associations of the program. It is safe for concurrent use.
type Relay struct {
	Parts
	isOwn     func(netip.Addr) bool // reports whether an address is this computer's; tests replace it
	hasRoute  func(netip.Addr) bool // reports whether this computer can send to an address; tests replace it
	ids       ids
	exchanges atomic.Int32 // in flight

	outlasting sync.WaitGroup // associations that continue without their clients
	closing    chan struct{}

	mu      sync.Mutex
	own     map[*association][]netip.AddrPort // guarded by mu; the addresses of each one's open sockets
	clients int                               // guarded by mu; associations with connected clients
}

// New returns a relay without associations.
func New(p Parts) *Relay {
	return &Relay{Parts: p, isOwn: isOwn, hasRoute: hasRoute, closing: make(chan struct{})}
}

// Close ends the associations that have outlasted their clients. Call it after the last Serve, and after the desk's
// last exchange, which may be one of theirs.
func (r *Relay) Close() {
	close(r.closing)
	r.outlasting.Wait()
}

// ErrBusy means that there are too many associations.
var ErrBusy = errors.New("too many UDP associations at once")

// Serve carries datagrams until the control connection ends, or ending is closed. named is from where the client said
// that it would send them; most clients send zeros, because they do not know. Serve calls begun with the address to
// which the client must send them. At the end, exchanges in flight get 5 s, or until ctx ends. Those that the desk then
// continues keep the association's sockets; Close waits for them.
func (r *Relay) Serve(ctx context.Context, ending <-chan struct{}, control net.Conn, named socks.Address, begun func(at netip.AddrPort) error) error {
	a, err := r.open(ctx, control, named)
	if err != nil {
		return err
	}
	if err := begun(a.at()); err != nil {
		r.leave()
		a.close()
		return err
	}
	var over sync.WaitGroup
	over.Go(func() {
		select {
		case <-ending:
			_ = control.SetReadDeadline(time.Unix(1, 0))
		case <-a.ended:
		}
	})
	a.start()
	_, _ = io.Copy(io.Discard, control) // the client sends nothing on it; only its end matters
	a.drain()
	over.Wait()
	r.leave()
	rested := a.outlast()
	if rested == nil {
		a.close()
		return nil
	}
	r.outlasting.Go(func() {
		select {
		case <-rested:
		case <-r.closing:
		}
		a.close()
	})
	return nil
}

// leave makes a client's place free.
func (r *Relay) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients--
}

// open makes the sockets of an association.
func (r *Relay) open(ctx context.Context, control net.Conn, named socks.Address) (*association, error) {
	local, err1 := netip.ParseAddrPort(control.LocalAddr().String())
	remote, err2 := netip.ParseAddrPort(control.RemoteAddr().String())
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clients >= maxAssociations {
		return nil, ErrBusy
	}
	a := &association{r: r, remote: downstream.Remote(control), ended: make(chan struct{}), names: map[string]*name{}, asked: map[asked]*request{}}
	a.senders.host = plain(remote.Addr())
	a.senders.named = r.expected(a, named)
	a.serving = ctx
	a.ctx, a.cut = context.WithCancel(ctx)
	for _, s := range []struct {
		at   netip.Addr
		conn **net.UDPConn
	}{{r.relayAddress(local.Addr(), remote.Addr()), &a.in}, {netip.IPv4Unspecified(), &a.out4}, {netip.IPv6Unspecified(), &a.out6}} {
		c, err := net.ListenUDP(network(s.at), net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.at, 0)))
		if err != nil && s.conn == &a.out6 && a.out4 != nil || err != nil && s.conn == &a.out4 {
			continue // a computer may have only one of the two families
		}
		if err != nil {
			a.closeSockets()
			a.cut()
			return nil, err
		}
		_ = c.SetReadBuffer(buffer)
		*s.conn = c
		bound, _ := netip.ParseAddrPort(c.LocalAddr().String())
		a.own = append(a.own, netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port()))
	}
	if r.own == nil {
		r.own = map[*association][]netip.AddrPort{}
	}
	r.own[a] = a.own
	r.clients++
	return a, nil
}

// relayAddress returns the address at which this program receives a client's datagrams. A client that is bound to a network
// card can reach neither 127.0.0.1 nor another card. So it is the address from which the client's control connection comes,
// if that belongs to this computer. Otherwise it is the address that the control connection reached.
func (r *Relay) relayAddress(local, remote netip.Addr) netip.Addr {
	if from := remote.Unmap(); !from.IsLoopback() && from.Zone() == "" && plain(local) != from && r.isOwn(from) {
		return from
	}
	return local.Unmap()
}

// expected returns from where the client said that it would send its datagrams, as far as that can be true: from its own
// host, or from another address of this computer if it is on this one.
func (r *Relay) expected(a *association, named socks.Address) netip.AddrPort {
	if named.IP.IsUnspecified() {
		return netip.AddrPortFrom(a.senders.host, named.Port)
	}
	if at := plain(named.IP); at == a.senders.host || !a.remote && (at.IsLoopback() || r.isOwn(at)) {
		return netip.AddrPortFrom(at, named.Port)
	}
	return netip.AddrPort{}
}

// isOwn reports whether an address belongs to a network card of this computer.
func isOwn(a netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(addrs, func(own net.Addr) bool {
		p, err := netip.ParsePrefix(own.String())
		return err == nil && plain(p.Addr()) == a
	})
}

// plain returns an address without a zone, and an IPv4 address in its own form.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func network(a netip.Addr) string {
	if a.Is4() {
		return "udp4"
	}
	return "udp6"
}

// clientGone records that an association has closed the socket for its client; another program may get the port now.
func (r *Relay) clientGone(a *association) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[a] = a.own[1:]
}

// forget removes an association.
func (r *Relay) forget(a *association) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.own, a)
}

// reachable reports whether the client's datagrams may go to an address: clients on other computers must not reach what
// serves only this one.
func (a *association) reachable(to netip.AddrPort) bool {
	return !(a.remote && upstream.LocalOnly(to.Addr())) && a.r.reachable(to)
}

// reachable reports whether datagrams may go there: to one machine, not to a whole network, and not to this program's
// own sockets.
func (r *Relay) reachable(to netip.AddrPort) bool {
	if !upstream.Single(to) || r.Only.IsValid() && to != r.Only {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, own := range r.own {
		for _, one := range own {
			if one.Port() == to.Port() && upstream.OursFunc([]netip.AddrPort{one})(to) {
				return false
			}
		}
	}
	return true
}
