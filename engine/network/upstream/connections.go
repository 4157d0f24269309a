package upstream

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/wire/udptracker"
)

// A connection id is valid for a minute (BEP 15). It keeps its socket, since some trackers bind it to the port.
const (
	connectionTime = time.Minute
	maxConnections = 64
)

// Connections are the idle connections to udp trackers: their ids and sockets. The zero value is ready; nil has none.
// It is safe for concurrent use.
type Connections struct {
	mu      sync.Mutex
	resting []*connection // guarded by mu; longest idle first
	closed  bool          // guarded by mu
}

// connection is a socket with the id that a tracker gave it.
type connection struct {
	at    netip.AddrPort
	c     *net.UDPConn
	id    udptracker.Connection
	until time.Time
}

// take returns a valid connection to an address; nil if there is none.
func (r *Connections) take(at netip.AddrPort, now time.Time) *connection {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(now)
	for i, v := range r.resting {
		if v.at == at {
			r.resting = append(r.resting[:i:i], r.resting[i+1:]...)
			return v
		}
	}
	return nil
}

// put stores an idle connection, or closes it.
func (r *Connections) put(v *connection, now time.Time) {
	if r == nil {
		_ = v.c.Close()
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = v.c.Close()
		return
	}
	r.resting = append(r.resting, v)
	r.sweep(now)
}

// sweep closes connections that are too old or too many; the caller holds mu.
func (r *Connections) sweep(now time.Time) {
	kept := r.resting[:0]
	for i, v := range r.resting {
		if now.After(v.until) || len(r.resting)-i > maxConnections {
			_ = v.c.Close()
			continue
		}
		kept = append(kept, v)
	}
	r.resting = kept
}

// Close closes all connections, and those that are put later.
func (r *Connections) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, v := range r.resting {
		_ = v.c.Close()
	}
	r.resting = nil
}
