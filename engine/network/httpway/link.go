package httpway

import (
	"cmp"
	"context"
	"net"
	"sync/atomic"
	"time"

	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// link is a client's connection, and the connection to a server that belongs to it.
type link struct {
	s       *Way
	client  *downstream.Conn
	nc      net.Conn // the client's
	up      *origin
	upSrc   *httphead.Source       // reads up
	aborted atomic.Pointer[origin] // the same, for Abort
}

// reach makes c.up a connection to the target: the present one if it leads there and is still open, otherwise an idle
// or a new one.
func (c *link) reach(ctx context.Context, t upstream.Target, p patience) error {
	if o := c.up; o != nil {
		if o.target == t && fresh(o.rested, time.Now()) && upstream.Alive(o.nc) {
			o.idle = false
			return nil
		}
		c.dropUpstream()
	}
	if o := c.s.resting.take(t); o != nil {
		o.idle = false
		c.use(o)
		return nil
	}
	return c.reconnect(ctx, t, p)
}

// reconnect dials the target for a new connection.
func (c *link) reconnect(ctx context.Context, t upstream.Target, p patience) error {
	limit := p.connect
	if !p.first.IsZero() {
		limit = max(1, min(limit, time.Until(p.first)))
	}
	ctx = c.client.Dialling(ctx)
	defer c.client.Dialled()
	nc, err := c.s.dialer.Dial(ctx, t, limit)
	if err != nil {
		return err
	}
	if t.ServerName == "" {
		c.use(&origin{target: t, nc: nc})
		return nil
	}
	_ = nc.SetDeadline(cmp.Or(p.first, time.Now().Add(p.connect)))
	stream, err := c.s.dialer.Secure(ctx, nc, t)
	if err != nil {
		_ = nc.Close()
		return err
	}
	c.use(&origin{target: t, nc: stream})
	return nil
}

// use makes o the connection to the server.
func (c *link) use(o *origin) {
	o.src, c.up = c.upSrc, o
	c.upSrc.Reset(o)
	c.aborted.Store(o)
}

// Adopt makes nc the connection to the server. Nothing has been sent or received over it yet.
func (c *link) Adopt(nc net.Conn, t upstream.Target) {
	c.dropUpstream()
	c.use(&origin{target: t, nc: nc, rested: time.Now()})
}

// Upstream returns the connection to the server, which the caller then owns, with the bytes that were already read from
// it.
func (c *link) Upstream() (nc net.Conn, early []byte) {
	nc, early = c.up.nc, c.upSrc.Buffered()
	c.up = nil
	c.aborted.Store(nil)
	return nc, early
}

// Close keeps the connection to an https server for other clients if no exchange is in flight on it, and closes any
// other.
func (c *link) Close() {
	if o := c.up; o != nil && o.idle && o.target.ServerName != "" {
		c.up = nil
		c.aborted.Store(nil)
		c.s.resting.put(o)
	}
	c.dropUpstream()
}

func (c *link) dropUpstream() {
	if c.up != nil {
		_ = c.up.nc.Close()
		c.up = nil
		c.aborted.Store(nil)
	}
}

// Abort ends the exchange in flight from another goroutine.
func (c *link) Abort() {
	if o := c.aborted.Load(); o != nil {
		_ = o.nc.Close()
	}
}
