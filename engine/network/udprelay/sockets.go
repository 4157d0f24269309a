package udprelay

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/socks"
)

// sockets are those of an association: one for its client, and one of each family for the world.
type sockets struct {
	r    *Relay
	from netip.Addr // whom the control connection comes from: nobody else's datagrams are taken
	own  []netip.AddrPort

	remote bool // the client is another computer

	in         *net.UDPConn // the client's side
	out4, out6 *net.UDPConn // the world's; one may be nil
	client     atomic.Pointer[netip.AddrPort]

	targets targets
}

// at is where the client sends to.
func (s *sockets) at() netip.AddrPort { return s.own[0] }

func (s *sockets) closeAll() {
	for _, c := range []*net.UDPConn{s.in, s.out4, s.out6} {
		if c != nil {
			_ = c.Close()
		}
	}
}

// isClient is whether a datagram is the client's: the first one that comes from where the control connection comes from
// tells its port.
func (s *sockets) isClient(from netip.AddrPort) bool {
	from = unmap(from)
	if c := s.client.Load(); c != nil {
		return *c == from
	}
	if from.Addr() != s.from {
		return false
	}
	s.client.Store(&from)
	return true
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// say gives the client a datagram that came from there.
func (s *sockets) say(from netip.AddrPort, b []byte) {
	client := s.client.Load()
	if client == nil {
		return
	}
	if !from.IsValid() { // of a name that did not resolve: the client knows the answer by its transaction
		from = netip.AddrPortFrom(netip.IPv4Unspecified(), from.Port())
	}
	head := make([]byte, 0, 22+len(b))
	_, _ = s.in.WriteToUDPAddrPort(append(socks.AppendDatagram(head, from), b...), *client) // lost, as datagrams may be
}

// forward sends a datagram on.
func (s *sockets) forward(to netip.AddrPort, b []byte) {
	out := s.out6
	if to.Addr().Is4() {
		out = s.out4
	}
	if out == nil || !s.reachable(to) {
		return
	}
	s.targets.use(to)
	_, _ = out.WriteToUDPAddrPort(b, to)
}

// reachable reports whether the client's datagrams may go there: another computer's reach nothing that serves this one only.
func (s *sockets) reachable(to netip.AddrPort) bool {
	return !(s.remote && upstream.LocalOnly(to.Addr())) && s.r.reachable(to)
}

// canReach reports whether there is a socket of an address's family.
func (s *sockets) canReach(a netip.Addr) bool {
	return a.Is4() && s.out4 != nil || a.Is6() && s.out6 != nil
}

// targets are whom a client wrote to lately. Safe for concurrent use.
type targets struct {
	mu  sync.Mutex
	m   map[netip.AddrPort]*list.Element // guarded by mu
	old *list.List                       // guarded by mu; longest unused first
}

func (t *targets) use(a netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		t.m, t.old = map[netip.AddrPort]*list.Element{}, list.New()
	}
	if e, ok := t.m[a]; ok {
		t.old.MoveToBack(e)
		return
	}
	t.m[a] = t.old.PushBack(a)
	if len(t.m) > maxTargets {
		delete(t.m, t.old.Remove(t.old.Front()).(netip.AddrPort))
	}
}

func (t *targets) has(a netip.AddrPort) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.m[a]
	return ok
}
