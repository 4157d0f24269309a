package proxy

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/relay"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/ledger"
)

// Limits of the side that clients see.
const (
	maxConns  = 512
	headTime  = 10 * time.Second // for a head to be complete
	idleTime  = 60 * time.Second // between two requests
	drainTime = 5 * time.Second  // for exchanges in flight at a stop

	// A tunnel is no exchange and ends only when a side wants it to; but an announce may be on its way inside, which
	// takes a few round trips.
	tunnelTime = time.Second

	maxTunnels = 384 // of maxConns: peers that come through tunnels must leave room for announces
	maxWaiting = 32  // workers without a connection
)

// Accountant decides what a tracker is told, in streams as in datagrams.
type Accountant = relay.Accountant

// Parts are what the server works with; all are needed.
type Parts struct {
	Accountant Accountant
	Reported   func(ledger.Key) (total uint64, known bool) // what a session's tracker was last told
	Answers    *outage.Answers
	Health     *outage.Health
	Spool      *outage.Spool
	Turns      *outage.Turns
	Courier    *outage.Courier
	Log        *slog.Logger
	Note       func(exchange.Entry) // hears of every exchange when it is over
	Capture    func() bool          // whether to note the bytes of announces too; nil is never
	Own        []net.Addr           // more ports of this program: nobody reaches them through it
	TLS        *tls.Config          // for https trackers; nil is the system's roots

	Interception *intercept.Interception // which TLS streams are decrypted; nil is none
}

// Server serves clients. Make it with New, give it listeners with Run.
type Server struct {
	Parts
	dialer      upstream.Dialer
	joinDoubled atomic.Bool
	allowed     []netip.Prefix
	repeats     *repeats
	redirects   redirects
	lanes       lanes
	resting     resting
	tunnels     atomic.Int32
	relay       *relay.Relay
	ending      <-chan struct{} // closed when the server begins to end

	workers sync.WaitGroup
	next    chan net.Conn // to a worker that waits
	waiting atomic.Int32  // workers
	dials   chan struct{} // one slot: a tracker is being reached

	mu     sync.Mutex
	open   map[*conn]struct{} // guarded by mu
	idle   *list.List         // guarded by mu; of *conn, longest idle first
	closed bool               // guarded by mu; no new request is begun

	tunnelled bool // guarded by mu; tunnels have had their time
}

// New makes a server that reaches nothing yet. allowed are the networks, beside this machine, whose clients may
// connect.
func New(p Parts, allowed []netip.Prefix) *Server {
	if p.Interception == nil {
		p.Interception = intercept.New(func() {})
	}
	s := &Server{Parts: p, allowed: allowed, repeats: newRepeats(), next: make(chan net.Conn), dials: make(chan struct{}, 1), open: map[*conn]struct{}{}, idle: list.New()}
	s.relay = relay.New(relay.Parts{
		Accountant: p.Accountant, Reported: p.Reported, Answers: p.Answers, Health: p.Health, Spool: p.Spool, Turns: p.Turns,
		Courier: p.Courier, Note: p.Note, Dropped: s.sayDropped, Recovered: s.recovered,
	})
	return s
}

// SetJoinDoubled chooses whether an exact repeat of an announce is answered with the first one's answer.
func (s *Server) SetJoinDoubled(on bool) { s.joinDoubled.Store(on) }

// Run serves until ctx ends: then new connections are refused, exchanges in flight get 5 s to end, and the rest is
// closed. It returns when every goroutine it started has ended. It closes the listeners.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) {
	own := slices.Clone(s.Own)
	for _, l := range listeners {
		own = append(own, l.Addr())
	}
	s.dialer, s.ending = upstream.Dialer{Ours: Ours(own...), TLS: s.TLS, Connections: new(upstream.Connections)}, ctx.Done()
	// Exchanges are allowed to outlive ctx by drainTime; this one ends them.
	exchanges, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var looking sync.WaitGroup
	looking.Go(func() { s.lookOut(exchanges) })
	var accepts sync.WaitGroup
	for _, l := range listeners {
		accepts.Go(func() { s.accept(exchanges, l) })
	}
	<-ctx.Done()
	for _, l := range listeners {
		_ = l.Close()
	}
	s.closeIdle()
	drained := make(chan struct{})
	var waiter sync.WaitGroup
	waiter.Go(func() {
		accepts.Wait()
		close(s.next)
		s.workers.Wait()
		close(drained)
	})
	timer := time.NewTimer(tunnelTime)
	defer timer.Stop()
	select {
	case <-drained:
	case <-timer.C:
		s.closeTunnels()
		timer.Reset(drainTime - tunnelTime)
		select {
		case <-drained:
		case <-timer.C:
			cut()
			s.closeAll()
		}
	}
	waiter.Wait()
	cut()
	looking.Wait()
	s.resting.close()
	s.dialer.Connections.Close()
}

// Ours tells whether a dialled address would reach one of these addresses that are listened on.
func Ours(own ...net.Addr) func(netip.AddrPort) bool {
	var ours []netip.AddrPort
	for _, l := range own {
		if a, err := netip.ParseAddrPort(l.String()); err == nil {
			ours = append(ours, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
		}
	}
	return upstream.OursFunc(ours)
}

// accept takes connections until the listener is closed. Whatever else goes wrong may pass: there are no descriptors
// left, say, or the system tells of a network error that a connection met before it was taken.
func (s *Server) accept(ctx context.Context, l net.Listener) {
	const soon = 5 * time.Millisecond
	pause := soon
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if pause == soon {
				s.Log.Warn("a connection could not be accepted; more are waited for", "cause", err.Error())
			}
			select {
			case <-ctx.Done():
				return
			case <-s.ending:
				return
			case <-time.After(pause):
				pause = min(2*pause, time.Second)
			}
			continue
		}
		pause = soon
		if !s.mayConnect(c) {
			_ = c.Close()
			continue
		}
		s.begin(ctx, c)
	}
}

// mayConnect judges by the address the client reached, not by the one it came from: a client on this machine may
// come from the machine's own network address (libtorrent does). Other networks must have been allowed.
func (s *Server) mayConnect(c net.Conn) bool {
	local, ok := addrOf(c.LocalAddr())
	if !ok {
		return false
	}
	if local.IsLoopback() {
		return true
	}
	from, ok := addrOf(c.RemoteAddr())
	if !ok {
		return false
	}
	for _, p := range s.allowed {
		if p.Contains(from) {
			return true
		}
	}
	return false
}

func addrOf(a net.Addr) (netip.Addr, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	return t.AddrPort().Addr().Unmap().WithZone(""), true
}

// begin gives a new connection to a worker that waits, or to a new one.
func (s *Server) begin(ctx context.Context, nc net.Conn) {
	select {
	case s.next <- nc:
	default:
		s.workers.Go(func() { s.worker(ctx, nc) })
	}
}

// worker serves one connection after another: what the first needed of buffers and stack, the next finds made.
func (s *Server) worker(ctx context.Context, nc net.Conn) {
	c := newConn(s)
	defer c.dial.release()
	for {
		if !s.serve(ctx, c, nc) {
			return
		}
		if s.waiting.Add(1) > maxWaiting {
			s.waiting.Add(-1)
			return
		}
		var ok bool
		nc, ok = <-s.next
		if s.waiting.Add(-1); !ok {
			return
		}
	}
}

// serve serves a new connection by c; false if c must not be used again.
func (s *Server) serve(ctx context.Context, c *conn, nc net.Conn) (sound bool) {
	if !s.admit(c, nc) {
		return true
	}
	defer s.end(c)
	defer s.recovered()
	c.serve(ctx)
	return true
}

// admit makes c the connection nc's; false if there is no room, or no time. The longest idle one makes room.
func (s *Server) admit(c *conn, nc net.Conn) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = nc.Close()
		return false
	}
	if len(s.open) >= maxConns && !s.evict() {
		s.mu.Unlock()
		s.refuseBusy(nc)
		return false
	}
	defer s.mu.Unlock()
	c.reset(nc)
	s.open[c] = struct{}{}
	c.place = s.idle.PushBack(c)
	return true
}

// evict closes the connection that has been idle longest; the caller holds mu.
func (s *Server) evict() bool {
	front := s.idle.Front()
	if front == nil {
		return false
	}
	c := s.idle.Remove(front).(*conn)
	c.place, c.evicted = nil, true
	delete(s.open, c)
	_ = c.tcp.Close()
	return true
}

// rest puts a connection among the idle; false if the server is closing and no request may follow.
func (s *Server) rest(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || c.evicted {
		return false
	}
	if c.place == nil {
		c.place = s.idle.PushBack(c)
	}
	return true
}

// work takes a connection from the idle; false if it was closed to make room.
func (s *Server) work(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.evicted {
		return false
	}
	if c.place != nil {
		s.idle.Remove(c.place)
		c.place = nil
	}
	return true
}

func (s *Server) end(c *conn) {
	s.mu.Lock()
	if c.place != nil {
		s.idle.Remove(c.place)
		c.place = nil
	}
	delete(s.open, c)
	s.mu.Unlock()
	c.close()
}

// recovered is the one place where a fault of this program in one exchange is kept from ending all others.
func (s *Server) recovered() {
	if v := recover(); v != nil {
		// The value may quote what a client sent; the stack holds no strings.
		s.Log.Error("an exchange ended by a fault of this program", "stack", string(debug.Stack()))
	}
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

// closeTunnels ends the tunnels, and any that would begin from now on.
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

// carries notes whether a connection's bytes are carried and not read; false if it is too late for that.
func (s *Server) carries(c *conn, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.tunnelling = on
	return !s.tunnelled
}
