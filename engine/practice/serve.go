package practice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/clients"
)

// Server is a tracker on the sockets of one address. [Listen] makes one.
type Server struct {
	server
	tcp net.Listener
	udp *net.UDPConn
}

// server answers requests, from either socket.
type server struct {
	t       *Tracker
	log     *slog.Logger
	allowed func(netip.Addr) bool
	secret  []byte
	down    atomic.Bool

	places chan struct{} // one for each try of a peer's port in progress
	probes sync.WaitGroup

	mu     sync.Mutex
	ctx    context.Context // guarded by mu; for tries of ports; nil before Serve
	ending bool            // guarded by mu; no new try may begin
}

const (
	maxProbes    = 16
	probeTime    = 2 * time.Second
	maxHead      = 16 << 10
	stopTime     = 2 * time.Second
	requestTime  = 10 * time.Second
	clientIdle   = time.Minute
	announcePath = "/announce"
	scrapePath   = "/scrape"
)

// Listen opens a TCP and a UDP socket at addr, HOST:PORT; with port 0 it chooses a port that is free for both. allowed
// reports whether an address may use the tracker, besides this computer; nil allows none.
func Listen(t *Tracker, addr string, allowed func(netip.Addr) bool, l *slog.Logger) (*Server, error) {
	if allowed == nil {
		allowed = func(netip.Addr) bool { return false }
	}
	for tries := 0; ; tries++ {
		tcp, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("listen for announces over HTTP: %w", err)
		}
		at := tcp.Addr().(*net.TCPAddr)
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone})
		if err != nil {
			_ = tcp.Close()
			if _, port, _ := net.SplitHostPort(addr); port == "0" && tries < 20 {
				continue // another program has the UDP port of this number
			}
			return nil, fmt.Errorf("listen for announces over UDP: %w", err)
		}
		s := &Server{tcp: tcp, udp: udp, server: server{t: t, log: l, allowed: allowed, secret: make([]byte, 32), places: make(chan struct{}, maxProbes)}}
		_, _ = rand.Read(s.secret) // never fails
		return s, nil
	}
}

// Addr returns the address that the sockets are bound to.
func (s *Server) Addr() string { return s.tcp.Addr().String() }

// Tracker returns the tracker that answers here.
func (s *Server) Tracker() *Tracker { return s.t }

// SetDown makes the tracker fail like an overloaded one: it hangs up on every request and answers no datagram.
func (s *Server) SetDown(down bool) { s.down.Store(down) }

// Serve answers until ctx ends, and returns when all its goroutines have ended. It closes the sockets.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.ctx = ctx
	s.mu.Unlock()
	web := &http.Server{
		Handler: http.HandlerFunc(s.serveHTTP), MaxHeaderBytes: maxHead, ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: clientIdle,
	}
	ended := make(chan error, 2)
	var both sync.WaitGroup
	both.Go(func() { ended <- web.Serve(s.tcp) })
	both.Go(func() { ended <- s.serveUDP() })
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	cancel()
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer stop()
	if web.Shutdown(late) != nil {
		_ = web.Close()
	}
	_ = s.udp.Close()
	both.Wait()
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.probes.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}

func (s *server) mayAsk(from netip.Addr) bool { return from.IsLoopback() || s.allowed(from) }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || s.down.Load() || !s.mayAsk(from.Addr().Unmap()) {
		panic(http.ErrAbortHandler)
	}
	addr := from.Addr().Unmap().WithZone("")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "a tracker takes GET only", http.StatusMethodNotAllowed)
	case strings.HasSuffix(r.URL.Path, announcePath): // there may be a passkey before it
		q, words := parseAnnounce(r.URL.RawQuery, addr)
		if words != "" {
			s.log.Info("malformed announce", "ip", addr.String(), "reason", words)
			answer(w, r, failureBody(words, true))
			return
		}
		reply := s.announce("http", q.Announce, time.Now())
		answer(w, r, reply.body(q, addr))
	case strings.HasSuffix(r.URL.Path, scrapePath):
		hashes := scrapeHashes(r.URL.RawQuery)
		s.scraped("http", len(hashes))
		answer(w, r, scrapeBody(s.t.Scrape(hashes), s.t.options.Interval))
	default:
		http.Error(w, "this is a practice tracker: announce at /announce, scrape at /scrape", http.StatusNotFound)
	}
}

func (s *Server) serveUDP() error {
	b := make([]byte, 1<<16)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
		if err != nil || s.down.Load() || !s.mayAsk(from.Addr()) { // some systems report an earlier, lost answer here
			continue
		}
		if out := s.datagram(b[:n], from, time.Now()); out != nil {
			_, _ = s.udp.WriteToUDPAddrPort(out, from) // an error is a lost datagram
		}
	}
}

// announce handles an announce, logs it with what was noticed, and lets the peer's port be tried.
func (s *server) announce(route string, a Announce, now time.Time) Reply {
	reply := s.t.Announce(a, now)
	attrs := []any{
		"route", route, "info_hash", a.InfoHash.String(), "client", clients.NameOf(a.PeerID), "ip", a.Addr.Addr().String(), "port", a.Addr.Port(),
		"event", a.Event.String(), "uploaded", a.Counters.Uploaded, "downloaded", a.Counters.Downloaded, "left", a.Counters.Left,
	}
	if reply.Failure != "" {
		s.log.Info("announce refused", append(attrs, "failure", reply.Failure)...)
		return reply
	}
	s.log.Info("announce", append(attrs, "seeders", reply.Swarm.Seeders, "leechers", reply.Swarm.Leechers)...)
	for _, f := range reply.Noticed {
		s.notice(a, f)
	}
	s.probe(a)
	return reply
}

func (s *server) notice(a Announce, f Finding) {
	s.log.Warn("noticed", "check", f.Check.String(), "info_hash", a.InfoHash.String(), "client", clients.NameOf(a.PeerID), "why", f.String())
}

func (s *server) scraped(route string, torrents int) {
	s.log.Info("scrape", "route", route, "torrents", torrents)
}

// probe tries a peer's port, as private trackers do to see whether others can connect to it. It dials only this
// computer.
func (s *server) probe(a Announce) {
	select {
	case s.places <- struct{}{}:
	default:
		return // enough are in progress; the next announce tries again
	}
	at, ok := s.t.probeable(a.InfoHash, a.PeerID, time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || s.ending || s.ctx == nil {
		<-s.places
		return
	}
	ctx := s.ctx
	s.probes.Go(func() {
		defer func() { <-s.places }()
		d := net.Dialer{Timeout: probeTime}
		c, err := d.DialContext(ctx, "tcp", at.String())
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			_ = c.Close()
		}
		s.t.probed(a.InfoHash, a.PeerID, at, err == nil, time.Now())
		if err != nil {
			s.notice(a, Finding{Check: CheckPort, Port: at.Port()})
		}
	})
}
