package swarmask

import (
	"net/netip"
	"slices"
	"sync"

	"bittoratio/engine/network/udp"
)

// AddClientPort takes note of a port that one of the user's clients announces: its node of the DHT has the same.
func (p *Part) AddClientPort(port uint16) { p.clients.add(port) }

// clientPorts are the ports that the user's clients announce; their nodes of the DHT have the same. The node asks for
// them while it holds its own lock, so they have one by themselves.
type clientPorts struct {
	mu    sync.Mutex
	ports []uint16 // guarded by mu; the newest last
}

// maxClientPorts bounds the ports of clients that are remembered.
const maxClientPorts = 8

// add takes note of a port.
func (p *clientPorts) add(port uint16) {
	if port == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.ports); n > 0 && p.ports[n-1] == port {
		return
	}
	p.ports = append(slices.DeleteFunc(p.ports, func(o uint16) bool { return o == port }), port)
	if len(p.ports) > maxClientPorts {
		p.ports = p.ports[1:]
	}
}

// addresses are where the user's clients may be found: their ports, at the addresses that this computer has in its
// networks. Some clients answer nobody who comes from 127.0.0.1.
func (p *clientPorts) addresses() (out []netip.AddrPort) {
	p.mu.Lock()
	ports := slices.Clone(p.ports)
	p.mu.Unlock()
	if len(ports) == 0 {
		return nil
	}
	for _, a := range udp.HostAddresses() {
		for _, port := range ports {
			out = append(out, netip.AddrPortFrom(a, port))
		}
	}
	return out
}
