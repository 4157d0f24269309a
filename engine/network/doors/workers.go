package doors

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
)

const maxWaiting = 32 // workers without a connection

// workers serve one connection after another: the buffers and the stack that grew for one serve the next. With a
// goroutine for each connection, BenchmarkExchange/close takes 5 % longer.
type workers struct {
	running sync.WaitGroup
	next    chan net.Conn // for an idle worker
	waiting atomic.Int32
}

// end waits until all connections are served; no connection may be given to a worker any more.
func (w *workers) end() {
	close(w.next)
	w.running.Wait()
}

// begin gives a new connection to an idle worker, or to a new one.
func (s *Server) begin(ctx context.Context, nc net.Conn) {
	select {
	case s.workers.next <- nc:
	default:
		s.workers.running.Go(func() { s.worker(ctx, nc) })
	}
}

// worker serves one connection after another.
func (s *Server) worker(ctx context.Context, nc net.Conn) {
	c := newConn(s)
	for {
		s.serve(ctx, c, nc)
		w := &s.workers
		if w.waiting.Add(1) > maxWaiting {
			w.waiting.Add(-1)
			return
		}
		var ok bool
		nc, ok = <-w.next
		if w.waiting.Add(-1); !ok {
			return
		}
	}
}

// serve serves a new connection with c.
func (s *Server) serve(ctx context.Context, c *conn, nc net.Conn) {
	if !s.admit(c, nc) {
		return
	}
	defer s.end(c)
	defer Recovered(s.Log)()
	c.serve(ctx)
}

// admit makes nc the connection of c. It returns false if there is no room, or the server stops. If there are too many
// connections, it closes the one that has been idle longest.
func (s *Server) admit(c *conn, nc net.Conn) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = nc.Close()
		return false
	}
	if len(s.open)-s.carrying >= maxConns && !s.evict() {
		s.mu.Unlock()
		const reason = "too many connections at once"
		downstream.RefuseBusy(nc, reason)
		s.Note(exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemBusy, Status: 503, Detail: reason, Swarm: bittorrent.UnknownSwarm})
		return false
	}
	defer s.mu.Unlock()
	c.reset(nc)
	s.open[c] = struct{}{}
	s.rest(c)
	return true
}

// rest gives a connection the next idle number; it requires mu. (A list of the idle connections would allocate for each
// announce, and is needed only if there are too many connections.)
func (s *Server) rest(c *conn) {
	s.rests++
	c.idle = s.rests
}

// evict closes the connection that has been idle longest, and reports whether one was idle; the caller holds mu.
func (s *Server) evict() bool {
	var c *conn
	for other := range s.open {
		if other.idle != 0 && (c == nil || other.idle < c.idle) {
			c = other
		}
	}
	if c == nil {
		return false
	}
	c.idle, c.evicted = 0, true
	delete(s.open, c)
	c.client.Abort()
	return true
}

// markIdle marks a connection as idle. It returns false if the server is closing and no request may follow.
func (s *Server) markIdle(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || c.evicted {
		return false
	}
	if c.idle == 0 {
		s.rest(c)
	}
	return true
}

// markBusy marks a connection as busy. It returns false if the connection was closed to make room.
func (s *Server) markBusy(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.evicted {
		return false
	}
	c.idle = 0
	return true
}

// end closes a connection and removes it.
func (s *Server) end(c *conn) {
	s.mu.Lock()
	c.idle = 0
	delete(s.open, c)
	if c.tunnelling {
		c.tunnelling = false
		s.carrying--
	}
	s.mu.Unlock()
	c.close()
}

func (s *Server) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for s.evict() {
	}
}

func (s *Server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.abort()
	}
}

// closeTunnels ends all tunnels, and lets none begin.
func (s *Server) closeTunnels() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tunnelled = true
	for c := range s.open {
		if c.tunnelling {
			c.abort()
		}
	}
}

// markTunnel records whether a connection is a tunnel, or about to be one. It returns false if it is too late for that.
func (s *Server) markTunnel(c *conn, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.tunnelling != on {
		c.tunnelling = on
		if on {
			s.carrying++
		} else {
			s.carrying--
		}
	}
	return !s.tunnelled
}
