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
	maxConns  = 512              // without tunnels, so that there is always room for announces
	headTime  = 10 * time.Second // for a whole head
	idleTime  = 60 * time.Second // between two requests
	drainTime = 5 * time.Second  // for exchanges in flight when the server stops

	// A tunnel is not an exchange and ends only when one side ends it; but it may carry an announce, which takes a few
	// round trips.
	tunnelTime = time.Second
)

// Stream serves the requests of one connection after another. Reset and Close surround each connection. Only the
// goroutine that serves it calls its methods, except Abort.
type Stream interface {
	// Reset prepares the stream for a new client.
	Reset(client *downstream.Conn)

	// Adopt gives the stream a connection to the target, over which nothing has been sent or received yet.
	Adopt(nc net.Conn, t upstream.Target)

	// Serve serves one request, whose head was just read. The request's body is still in the client's Source.
	Serve(ctx context.Context, req *httphead.Request, via *downstream.Via) downstream.After

	// Upstream returns the connection to the server after an upgrade, which the caller then owns, with the bytes that
	// were already read from it.
	Upstream() (nc net.Conn, early []byte)

	// Close closes what the stream has open.
	Close()

	// Abort ends the exchange in flight. It may be called from any goroutine.
	Abort()
}

// Parts are what the server needs; none may be missing.
type Parts struct {
	NewStream    func() Stream // for one goroutine
	Dialer       *upstream.Dialer
	Relay        *udprelay.Relay
	Interception *intercept.Interception
	Note         func(exchange.Entry) // called with each tunnel and each refusal
	Log          *slog.Logger
}

// Server serves clients. Make it with New; Run gives it listeners.
type Server struct {
	Parts
	allowed []netip.Prefix
	ending  <-chan struct{} // closed when the server begins to stop
	workers workers
	tunnels atomic.Int32 // that count against maxTunnels

	udp        udp
	maxTunnels int32
	dials      chan struct{} // one slot: a server is being dialled

	mu        sync.Mutex
	open      map[*conn]struct{} // guarded by mu
	rests     uint64             // guarded by mu; how often a connection became idle
	carrying  int                // guarded by mu; how many of open are tunnels
	closed    bool               // guarded by mu; no new request may begin
	tunnelled bool               // guarded by mu; the time for tunnels is over
}

// New returns a server; Run makes it serve. allowed are the networks whose clients may connect, besides this computer.
func New(p Parts, allowed []netip.Prefix) *Server {
	return &Server{
		Parts: p, allowed: allowed, workers: workers{next: make(chan net.Conn)}, dials: make(chan struct{}, 1),
		open: map[*conn]struct{}{}, maxTunnels: tunnelLimit(),
	}
}

// Run serves until ctx ends. Then it refuses new connections, gives exchanges in flight 5 s, and closes the rest and
// the listeners. It returns when every goroutine that it started has ended.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) {
	s.ending = ctx.Done()
	// Exchanges may outlive ctx by drainTime; this context ends them.
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

// accept accepts connections until the listener is closed. Every other error may be temporary: for example, the process
// has no descriptors left, or the system reports a network error of a connection that was not accepted yet.
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

// mayConnect reports whether a client may connect. On this computer every client may; what decides is the address that
// it reached, not the one that it came from, which may be the computer's own network address (libtorrent's is). Other
// networks must be allowed.
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
			// The value may quote what a client sent; the stack contains no strings.
			log.Error("an exchange ended by a fault of this program; please report it", "stack", string(debug.Stack()))
		}
	}
}

// lookOut checks every second, until ctx ends, whether the clients for whom servers are being dialled are still there.
// One check for all of them costs an announce almost nothing, and lookOut sleeps while nothing is dialled.
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
	default: // it checks anyway
	}
}
