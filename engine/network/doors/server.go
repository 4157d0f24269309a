package doors

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/udprelay"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// Limits for clients' connections.
const (
	maxConns  = 512              // without tunnels, so that announces always find room
	headTime  = 10 * time.Second // for a head to be complete
	idleTime  = 60 * time.Second // between two requests
	drainTime = 5 * time.Second  // for exchanges in flight at a stop

	// A tunnel is no exchange and ends only when a side ends it; but an announce may be on its way inside, which takes a
	// few round trips.
	tunnelTime = time.Second
)

// Stream serves the requests of one connection after another. Reset and Close surround each connection; all methods
// but Abort are called by the goroutine that serves it.
type Stream interface {
	// Reset makes the stream a new client's.
	Reset(client *downstream.Conn)

	// Adopt gives the stream a connection to the target, on which nothing was sent or received yet.
	Adopt(nc net.Conn, t upstream.Target)

	// Serve serves one request, whose head was just read. The request's body is still in the client's Source.
	Serve(ctx context.Context, req *httphead.Request, via *downstream.Via) downstream.After

	// Upstream gives away the connection to the server after an upgrade, with the bytes that were already read from it.
	Upstream() (nc net.Conn, early []byte)

	// Close ends what the stream holds.
	Close()

	// Abort ends the exchange in flight. It may be called from any goroutine.
	Abort()
}

// Parts are what the server works with; all are needed.
type Parts struct {
	NewStream    func() Stream // for one goroutine
	Dialer       *upstream.Dialer
	Relay        *udprelay.Relay
	Interception *intercept.Interception
	Note         func(exchange.Entry) // called with each tunnel and refusal
	Log          *slog.Logger
}

// Server serves clients. Make it with New; Run gives it listeners.
type Server struct {
	Parts
	allowed []netip.Prefix
	ending  <-chan struct{} // closed when the server begins to end
	workers workers
	tunnels atomic.Int32 // those that count against maxTunnels

	udp        udp
	maxTunnels int32
	dials      chan struct{} // one slot: a server is being dialled

	mu        sync.Mutex
	open      map[*conn]struct{} // guarded by mu
	rests     uint64             // guarded by mu; how often a connection became idle
	carrying  int                // guarded by mu; of open, those that are tunnels
	closed    bool               // guarded by mu; no new request begins
	tunnelled bool               // guarded by mu; the time of tunnels is over
}

// New returns a server; Run makes it serve. allowed are the networks, beside this computer, whose clients may connect.
func New(p Parts, allowed []netip.Prefix) *Server {
	return &Server{
		Parts: p, allowed: allowed, workers: workers{next: make(chan net.Conn)}, dials: make(chan struct{}, 1),
		open: map[*conn]struct{}{}, maxTunnels: tunnelLimit(),
	}
}

// Run serves until ctx ends: then new connections are refused, exchanges in flight get 5 s to end, and the rest is
// closed. It returns when every goroutine it started has ended. It closes the listeners.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) {
	s.ending = ctx.Done()
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
		s.workers.end()
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
}

// accept takes connections until the listener is closed. Every other error may be temporary: the process has no
// descriptors left, for example, or the system reports a network error of a connection that was not accepted yet.
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
				s.Log.Warn("a connection could not be accepted; waiting for the next", "cause", err.Error())
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

// mayConnect judges by the address the client reached, not by the one it came from: a client on this computer may
// come from the computer's own network address (libtorrent does). Other networks must have been allowed.
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

// Recovered returns a function that keeps a panic in one exchange from ending all others. The caller must defer the
// function itself.
func Recovered(log *slog.Logger) func() {
	return func() {
		if v := recover(); v != nil {
			// The value may quote what a client sent; the stack holds no strings.
			log.Error("an exchange ended by a fault of this program", "stack", string(debug.Stack()))
		}
	}
}

// lookOut checks every second, until ctx ends, whether the clients for whom servers are being dialled are still there.
// One check for all of them costs an announce next to nothing, and while nothing is dialled lookOut sleeps.
func (s *Server) lookOut(ctx context.Context) {
	for {
		select {
		case <-s.dials:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		for c := range s.open {
			if c.client.Looking() {
				s.dialling()
			}
		}
		s.mu.Unlock()
	}
}

// dialling wakes lookOut.
func (s *Server) dialling() {
	select {
	case s.dials <- struct{}{}:
	default: // it will check anyway
	}
}
