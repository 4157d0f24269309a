package doors

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/wire/httphead"
)

// conn is one client's connection, until its requests or bytes are passed on. One goroutine serves it, and reuses the
// conn for the next connection.
type conn struct {
	s      *Server
	client *downstream.Conn
	http   Stream
	req    httphead.Request

	idle       uint64 // guarded by Server.mu; 0 while a request is served; the connection with the smallest number has been idle longest
	evicted    bool   // guarded by Server.mu
	tunnelling bool   // guarded by Server.mu; its bytes are copied but not read, or its other end is being dialled for that

	via    downstream.Via
	silent bool   // neither side has sent anything in the stream yet
	name   string // of the client's program, if it sent one before the stream began
	tls    hello

	far far
}

// hello is what is known from a stream's first TLS message.
type hello struct {
	watched  bool              // it is known whether this is TLS, and for which server
	attempt  intercept.Attempt // for a stream that was decrypted
	unproven bool              // it was decrypted, but the client has not sent a request yet
}

// far is the other end of a stream, before anything reads from it.
type far struct {
	net.Conn        // nil if it was not dialled
	early    []byte // what it has sent already
	aborted  atomic.Pointer[net.Conn]
}

// set makes nc the other end.
func (f *far) set(nc net.Conn, early []byte) {
	f.Conn, f.early = nc, early
	f.aborted.Store(&nc)
}

// take returns the other end, which the caller then owns.
func (f *far) take() net.Conn {
	nc := f.Conn
	f.Conn, f.early = nil, nil
	f.aborted.Store(nil)
	return nc
}

func (f *far) close() {
	if nc := f.take(); nc != nil {
		_ = nc.Close()
	}
}

// abort ends the other end from another goroutine.
func (f *far) abort() {
	if nc := f.aborted.Load(); nc != nil {
		_ = (*nc).Close()
	}
}

func newConn(s *Server) *conn {
	return &conn{s: s, client: downstream.New(s.dialling), http: s.NewStream()}
}

// reset prepares c for a new connection; it requires Server.mu.
func (c *conn) reset(nc net.Conn) {
	c.evicted = false
	c.via, c.silent, c.name, c.tls = downstream.Via{}, false, "", hello{}
	c.client.Reset(nc)
	c.http.Reset(c.client)
}

// abort ends both sides from another goroutine.
func (c *conn) abort() {
	c.client.Abort()
	c.http.Abort()
	c.far.abort()
}

func (c *conn) close() {
	c.http.Close()
	c.far.close()
	c.client.Close()
}

func (c *conn) serve(ctx context.Context) {
	limit := headTime
	for {
		if !c.s.markIdle(c) {
			c.lastWords(ctx)
			return
		}
		if c.silent && !c.listen(ctx) {
			return
		}
		c.client.Allow(limit)
		if err := c.client.Source.Begin(); err != nil {
			if c.tls.unproven {
				c.rejectedTLS(err)
			}
			return
		}
		if limit == idleTime {
			c.client.Allow(headTime)
		}
		switch door := c.door(); door {
		case doorSOCKS4, doorSOCKS5:
			if !c.socks(ctx, door) {
				return
			}
		case doorTLS:
			if !c.acceptTLS(ctx) {
				return
			}
			limit = headTime
		case doorOpaque:
			if c.s.markBusy(c) {
				c.tunnelStream(ctx, nil)
			}
			return
		case doorUnknown:
			c.note(exchange.Entry{Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax, Detail: "neither HTTP nor SOCKS"})
			return
		case doorGone:
			return
		case doorHTTP:
			if !c.request(ctx) {
				return
			}
			limit = idleTime
		}
	}
}

// lastWords lets a stream with a connected other end be a tunnel while the program stops, for as long as tunnels have.
// But an announce must not pass unread, because its total would fall.
func (c *conn) lastWords(ctx context.Context) {
	if c.far.Conn != nil && c.client.Source.Waiting() && c.door() == doorOpaque {
		c.tunnelStream(ctx, nil)
	}
}

// refuseHead answers a malformed head; if the connection just ended, it sends nothing.
func refuseHead(c *conn, err error) {
	var malformed *httphead.Error
	if errors.As(err, &malformed) {
		c.refuse(malformed.Status, malformed.Reason, exchange.ProblemSyntax)
	}
}

// request serves one request over HTTP. It reports whether the client may send another.
func (c *conn) request(ctx context.Context) (next bool) {
	raw, err := c.client.Source.Head(httphead.MaxHead)
	if !c.s.markBusy(c) {
		return false
	}
	if err == nil {
		err = c.req.Parse(raw)
	}
	var malformed *httphead.Error // also of a head that is too large to be read
	if c.via.Tunnelled() && !c.via.Home && (errors.As(err, &malformed) || err == nil && c.req.Target.Of(c.req.Raw)[0] != '/') {
		c.tunnelStream(ctx, raw) // clients do not send this to trackers
		return false
	}
	if err != nil {
		refuseHead(c, err)
		return false
	}
	if c.tls.unproven {
		c.tls.unproven = false
		c.s.Interception.Trusted(c.tls.attempt)
	}
	if !c.via.Tunnelled() && c.req.Is("CONNECT") {
		return c.connect(ctx)
	}
	if c.far.Conn != nil {
		c.http.Adopt(c.far.take(), c.via.Target)
	}
	after := c.http.Serve(ctx, &c.req, &c.via)
	if c.via.Unfit != exchange.ProblemNone {
		c.stepAside(c.via.Unfit)
		return false
	}
	switch after {
	case downstream.Stays:
		return true
	case downstream.Upgraded:
		c.far.set(c.http.Upstream())
		c.tls.watched = true // no TLS to another server can follow
		c.tunnel()
	}
	return false
}

// refuse answers a request that is not passed on, and ends the connection.
func (c *conn) refuse(status int, reason string, p exchange.Problem) {
	c.client.Refuse(status, reason)
	c.note(exchange.Entry{Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: p, Status: status, Detail: reason})
}

// note records something other than an announce that a client did.
func (c *conn) note(e exchange.Entry) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	e.Swarm = bittorrent.UnknownSwarm
	c.s.Note(e)
}
