package swarmask

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
)

// clients are the ports that the user's clients announce; their nodes of the DHT have the same. The node asks for them
// while it holds its own lock, so they have one by themselves.
type clients struct {
	mu    sync.Mutex
	ports []uint16 // guarded by mu; the newest last
}

// maxClientPorts bounds the ports of clients that are remembered.
const maxClientPorts = 8

// add takes note of a port.
func (c *clients) add(port uint16) {
	if port == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.ports); n > 0 && c.ports[n-1] == port {
		return
	}
	c.ports = append(slices.DeleteFunc(c.ports, func(o uint16) bool { return o == port }), port)
	if len(c.ports) > maxClientPorts {
		c.ports = c.ports[1:]
	}
}

// addresses are where the user's clients may be found: their ports, at the addresses that this computer has in its
// networks. Some clients answer nobody who comes from 127.0.0.1.
func (c *clients) addresses() (out []netip.AddrPort) {
	c.mu.Lock()
	ports := slices.Clone(c.ports)
	c.mu.Unlock()
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

// Heard takes note of a client's announce. It is quick: every announce comes here, whether the swarm is on or not.
func (p *Part) Heard(_ bittorrent.TrackerURL, a *bittorrent.Announce, _ time.Time) {
	p.clients.add(a.Port)
}
