package httpway

import (
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
)

// Limits of idle connections to https trackers.
const (
	restTime   = 15 * time.Second // clients announce their torrents in bursts, and trackers soon close idle connections
	maxResting = 32
)

// resting has idle connections to https trackers. They outlive the client connection for which they were made, because
// a handshake is expensive and some clients make a connection for each announce. It is safe for concurrent use.
type resting struct {
	mu     sync.Mutex
	idle   map[upstream.Target][]*rester // guarded by mu; the newest is last
	n      int                           // guarded by mu
	closed bool                          // guarded by mu; no connection may be kept any more
}

type rester struct {
	o     *origin
	timer *time.Timer // closes the connection
}

// put keeps an idle connection, or closes it if there is no room.
func (r *resting) put(o *origin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.n >= maxResting {
		_ = o.nc.Close()
		return
	}
	if r.idle == nil {
		r.idle = map[upstream.Target][]*rester{}
	}
	s := &rester{o: o}
	s.timer = time.AfterFunc(restTime, func() { r.end(s) })
	r.idle[o.target] = append(r.idle[o.target], s)
	r.n++
}

// take returns a connection that is still open; nil if there is none.
func (r *resting) take(t upstream.Target) *origin {
	for {
		r.mu.Lock()
		all := r.idle[t]
		if len(all) == 0 {
			r.mu.Unlock()
			return nil
		}
		s := all[len(all)-1]
		r.drop(s)
		r.mu.Unlock()
		if fresh(s.o.rested, time.Now()) && upstream.Alive(s.o.nc) {
			return s.o
		}
		_ = s.o.nc.Close()
	}
}

// end closes a connection that has been idle for too long.
func (r *resting) end(s *rester) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drop(s) {
		_ = s.o.nc.Close()
	}
}

// drop removes a connection, and reports whether it was there; the caller holds mu.
func (r *resting) drop(s *rester) bool {
	all := r.idle[s.o.target]
	for i := range all {
		if all[i] != s {
			continue
		}
		s.timer.Stop()
		r.n--
		if len(all) == 1 {
			delete(r.idle, s.o.target)
		} else {
			r.idle[s.o.target] = append(all[:i:i], all[i+1:]...)
		}
		return true
	}
	return false
}

// close closes all connections, and those that are put later.
func (r *resting) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, all := range r.idle {
		for _, s := range all {
			s.timer.Stop()
			_ = s.o.nc.Close()
		}
	}
	r.idle, r.n = nil, 0
}
