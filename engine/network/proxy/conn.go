package proxy

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// conn is one client's connection. It owns at most one connection to a tracker. One goroutine serves it; the buffers
// are reused from request to request, and by the same goroutine for the next connection.
type conn struct {
	s   *Server
	tcp net.Conn // as accepted
	nc  net.Conn // the same, or TLS over it

	place   *list.Element // guarded by Server.mu; nil while a request is served
	evicted bool          // guarded by Server.mu

	tunnelling bool // guarded by Server.mu; its bytes are carried and not read

	src   *httphead.Source
	req   httphead.Request
	resp  httphead.Response // its Raw lies in the tracker connection's buffer until the body is read
	edits []httphead.Edit
	out   []byte // the request as it leaves
	in    []byte // the answer as far as it is kept
	q     question

	lastHead [bittorrent.ClientHead]byte // of a peer id
	lastName string                      // of the client it names; stays from connection to connection

	writable time.Time // the deadline for writing to the client, as far as it is known

	reader httptracker.Reader
	inside inside
	gated  bool // the request is for the gateway

	dial    dial
	up      *origin
	upSrc   *httphead.Source       // reads up
	aborted atomic.Pointer[origin] // the same, for abort from another goroutine
}

func newConn(s *Server) *conn {
	return &conn{s: s, src: httphead.NewSource(nil, nil), upSrc: httphead.NewSource(nil, nil)}
}

// reset makes c a new connection's.
func (c *conn) reset(nc net.Conn) {
	c.tcp, c.nc, c.evicted, c.tunnelling, c.inside = nc, nc, false, false, inside{}
	c.src.Reset(nc)
	c.shrink()
}

func (c *conn) serve(ctx context.Context) {
	limit := headTime
	for {
		if !c.s.rest(c) {
			return
		}
		if c.inside.silent && !c.listen(ctx) {
			return
		}
		c.allow(limit)
		if err := c.src.Begin(); err != nil {
			if c.inside.untold {
				c.refusedTLS(err)
			}
			return
		}
		if limit == idleTime {
			c.allow(headTime)
		}
		switch door := c.door(); door {
		case doorSOCKS4, doorSOCKS5:
			if !c.socks(ctx, door) {
				return
			}
			continue
		case doorTLS:
			if !c.openTLS(ctx) {
				return
			}
			limit = headTime
			continue
		case doorOpaque:
			if c.s.work(c) {
				c.tunnelInside(ctx, nil)
			}
			return
		case doorUnknown:
			c.s.Note(exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax, Detail: "neither HTTP nor SOCKS", Swarm: bittorrent.UnknownSwarm})
			return
		case doorGone:
			return
		}
		raw, err := c.src.Head()
		if !c.s.work(c) {
			return
		}
		if err == nil {
			err = c.req.Parse(raw)
		}
		if err != nil && c.inside.set() && raw != nil {
			c.tunnelInside(ctx, raw)
			return
		}
		if err != nil {
			c.refuseHead(err)
			return
		}
		if !c.exchange(ctx) {
			return
		}
		limit = idleTime
		c.shrink()
	}
}

// shrink gives back what one large message needed.
func (c *conn) shrink() {
	if cap(c.in) > 16<<10 {
		c.in = nil
	}
	if cap(c.out) > 16<<10 {
		c.out = nil
	}
}

// refuseHead answers a head that is malformed; a connection that just ended gets nothing.
func (c *conn) refuseHead(err error) {
	var malformed *httphead.Error
	if errors.As(err, &malformed) {
		c.refuse(malformed.Status, malformed.Reason, exchange.ProblemSyntax)
	}
}

// exchange serves one request; keep is whether the client may send another.
func (c *conn) exchange(ctx context.Context) (keep bool) {
	c.gated = false
	if c.inside.set() {
		return c.exchangeInside(ctx)
	}
	if c.req.Is("CONNECT") {
		return c.connect(ctx)
	}
	a, ok := c.req.Absolute()
	if !ok && c.req.Raw[c.req.Target.Start] == '/' {
		return c.gateway(ctx)
	}
	if !ok {
		return c.refuse(400, "this is a proxy for BitTorrent clients, not a web server", exchange.ProblemSyntax)
	}
	raw := c.req.Raw
	if !bytes.EqualFold(a.Scheme.Of(raw), []byte("http")) {
		return c.refuse(400, "only http:// goes through here by its address; https:// comes by CONNECT", exchange.ProblemSyntax)
	}
	authority := a.Authority.Of(raw)
	framing, ok := c.framing()
	if !ok {
		return false
	}
	var err error
	if c.edits, err = c.req.Forward(c.edits[:0], a); err != nil {
		c.refuseHead(err)
		return false
	}
	if c.isGateway(authority, a.Path.Of(raw)) {
		return c.gatewayByProxy(ctx)
	}
	if c.req.Is("GET") && !c.req.FromBrowser() {
		if r, ok := c.reader.Parse(raw, "http", authority, a.Path, a.Query); ok {
			return c.ask(ctx, r, upstream.TargetOf(r.Tracker))
		}
	}
	u, err := bittorrent.NewTrackerURL("http", string(authority), string(a.Path.Of(raw)))
	if err != nil {
		return c.refuse(400, "the target's host is not valid", exchange.ProblemSyntax)
	}
	return c.pass(ctx, u, upstream.TargetOf(u), framing, looksAnnounced(a.Query.Of(raw)))
}

// looksAnnounced is whether a query may have been meant as an announce's or a scrape's.
func looksAnnounced(query []byte) bool { return bytes.Contains(query, []byte("info_hash=")) }

// framing is where the request's body ends; if it is malformed the client has been told.
func (c *conn) framing() (f httphead.Framing, ok bool) {
	f, err := c.req.Framing()
	if err != nil {
		c.refuseHead(err)
		return f, false
	}
	if (c.req.Is("GET") || c.req.Is("HEAD")) && f.Kind != httphead.NoBody && (f.Kind != httphead.Length || f.Length > 0) {
		c.refuse(400, "a GET with a body is not passed on", exchange.ProblemSyntax)
		return f, false
	}
	return f, true
}

// abort ends both sides from another goroutine.
func (c *conn) abort() {
	_ = c.tcp.Close()
	if o := c.aborted.Load(); o != nil {
		_ = o.nc.Close()
	}
}

func (c *conn) close() {
	if o := c.up; o != nil && o.idle && o.target.ServerName != "" {
		c.up = nil
		c.aborted.Store(nil)
		c.s.resting.put(o)
	}
	c.dropUpstream()
	_ = c.nc.Close()
}

func (c *conn) dropUpstream() {
	if c.up != nil {
		_ = c.up.nc.Close()
		c.up = nil
		c.aborted.Store(nil)
	}
}

// writeTime is what a client that reads needs at the most for a piece of an answer.
const writeTime = 10 * time.Second

// allow gives the client so long for its next bytes, and for taking ours: setting both at once costs one timer.
func (c *conn) allow(limit time.Duration) {
	c.writable = time.Now().Add(limit)
	_ = c.nc.SetDeadline(c.writable)
}

// write sends to the client within writeTime, or half of it where that spares a timer.
func (c *conn) write(b []byte) error {
	if now := time.Now(); c.writable.Sub(now) < writeTime/2 || c.writable.Sub(now) > 2*writeTime {
		c.writable = now.Add(writeTime)
		_ = c.nc.SetWriteDeadline(c.writable)
	}
	_, err := c.nc.Write(b)
	return err
}

// clientName is who asks, for a request without a peer id: the first word of its User-Agent.
func clientName(req *httphead.Request) string {
	ua, _ := req.Get("user-agent")
	word, _, _ := bytes.Cut(ua, []byte(" "))
	if len(word) > 40 {
		word = word[:40]
	}
	return string(word)
}
