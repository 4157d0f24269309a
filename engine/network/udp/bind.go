package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Bind is the interface or the address from which all traffic of the swarm leaves; the zero value is any. Users of a
// VPN choose its tunnel, so that nothing leaves outside it.
type Bind struct {
	V4, V6 netip.Addr // not valid if there is none of this family
	index  int        // of the interface; 0 for any
	name   string
	chosen bool
}

// ErrNoInterface means that the chosen interface does not exist or has no address: then nothing is sent.
var ErrNoInterface = errors.New("the chosen interface is not available")

// ParseBind finds the interface called name, or the one with the address name. The empty name is any interface.
func ParseBind(name string) (Bind, error) {
	var b Bind
	var err error
	if a, e := netip.ParseAddr(name); e == nil {
		b, err = bindAddress(a.Unmap())
	} else if name != "" {
		b, err = bindInterface(name)
	}
	if err != nil {
		return Bind{}, fmt.Errorf("bind to %s: %w", name, err)
	}
	return b, nil
}

// bindInterface returns the Bind of an interface.
func bindInterface(name string) (Bind, error) {
	i, err := net.InterfaceByName(name)
	if err != nil || i.Flags&net.FlagUp == 0 {
		return Bind{}, ErrNoInterface
	}
	b := Bind{index: i.Index, name: i.Name, chosen: true}
	addrs, err := i.Addrs()
	for _, a := range prefixes(addrs) {
		switch a := a.Addr(); {
		case a.Is4() && !b.V4.IsValid():
			b.V4 = a
		case a.Is6() && !a.IsLinkLocalUnicast() && !b.V6.IsValid():
			b.V6 = a
		}
	}
	if err == nil && !b.V4.IsValid() && !b.V6.IsValid() {
		err = ErrNoInterface
	}
	return b, err
}

func prefixes(addrs []net.Addr) (out []netip.Prefix) {
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				ones, _ := n.Mask.Size()
				out = append(out, netip.PrefixFrom(ip.Unmap(), ones))
			}
		}
	}
	return out
}

// bindAddress returns the Bind of an address of this computer.
func bindAddress(a netip.Addr) (Bind, error) {
	list, err := net.Interfaces()
	if err != nil {
		return Bind{}, err
	}
	for _, i := range list {
		addrs, _ := i.Addrs()
		for _, p := range prefixes(addrs) {
			// A whole loopback network is this computer, whichever of its addresses the interface lists.
			if p.Addr() == a.WithZone("") || i.Flags&net.FlagLoopback != 0 && p.Contains(a) {
				b := address(a)
				b.index, b.name = i.Index, i.Name
				return b, nil
			}
		}
	}
	// No interface lists it, but the system may still route it here (local routes of servers and test networks).
	c, err := net.ListenPacket("udp", netip.AddrPortFrom(a, 0).String())
	if err != nil {
		return Bind{}, ErrNoInterface
	}
	_ = c.Close()
	return address(a), nil
}

func address(a netip.Addr) Bind {
	if a.Is4() {
		return Bind{V4: a, chosen: true}
	}
	return Bind{V6: a, chosen: true}
}

// HostAddresses returns the IPv4 addresses of this computer in its networks, without loopback, at most four.
func HostAddresses() (out []netip.Addr) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, p := range prefixes(addrs) {
		if a := p.Addr(); a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && len(out) < 4 {
			out = append(out, a)
		}
	}
	return out
}

// HasGlobalIPv6 reports whether this computer has an IPv6 address that is neither local nor private.
func HasGlobalIPv6() bool {
	addrs, _ := net.InterfaceAddrs()
	for _, p := range prefixes(addrs) {
		if a := p.Addr(); a.Is6() && !within(refused, a) {
			return true
		}
	}
	return false
}

// Address returns the address that a socket of this family is bound to. ok is false if the chosen interface has none:
// then there must be no socket of this family.
func (b *Bind) Address(v6 bool) (a netip.Addr, ok bool) {
	a = b.V4
	if v6 {
		a = b.V6
	}
	switch {
	case a.IsValid():
		return a, true
	case b.chosen:
		return netip.Addr{}, false
	case v6:
		return netip.IPv6Unspecified(), true
	}
	return netip.IPv4Unspecified(), true
}

// Dialer returns a dialer for connections over TCP to addresses of this family that leave where b says. It is a
// function because the linker would keep everything that a method's result can do.
func Dialer(b *Bind, v6 bool) (d *net.Dialer, ok bool) {
	a, ok := b.Address(v6)
	d = new(net.Dialer)
	if ok && b.chosen {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
		d.Control = b.control
	}
	return d, ok
}

// control binds a socket to the interface, if the system allows this user to. Otherwise the source address alone has to
// do: if the interface is gone, so is its address, and sending fails.
func (b *Bind) control(network, _ string, c syscall.RawConn) error {
	if b.index == 0 {
		return nil
	}
	return c.Control(func(fd uintptr) { keepTo(fd, b.index, b.name, network) })
}
