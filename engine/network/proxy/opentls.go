package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/tlshello"
)

// tcpOf is the TCP connection under one that may be TLS.
func tcpOf(nc net.Conn) (*net.TCPConn, bool) {
	for {
		if tc, ok := nc.(*net.TCPConn); ok {
			return tc, true
		}
		under, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nil, false
		}
		nc = under.NetConn()
	}
}

// openTLS looks at a client's first TLS message. A stream to a listed host is opened: true, and the conn goes on with
// what is inside. Any other becomes a blind tunnel, with not a byte of it answered.
func (c *conn) openTLS(ctx context.Context) (on bool) {
	var config *tls.Config
	h, ok := c.hello()
	if ok && c.inside.scheme == "http" { // else it is TLS inside TLS, which is left alone
		c.inside.watched = true
		c.inside.attempt = c.s.Interception.Observe(c.inside.client, c.inside.target.Address, h, time.Now())
		config = c.s.Interception.Decide(c.inside.attempt)
	}
	if !c.s.work(c) {
		return false
	}
	if config == nil {
		c.tunnelInside(ctx, nil)
		return false
	}
	stream, err := intercept.Accept(c.tcp, c.src.Buffered(), c.inside.attempt, config)
	if err != nil {
		c.refusedTLS(err)
		return false
	}
	c.nc = stream
	c.src.Reset(stream)
	c.inside.scheme, c.inside.untold = "https", true
	c.inside.target.ServerName, c.inside.target.Classical = c.inside.attempt.Name, !h.Hybrid
	return true
}

// hello reads a TLS client's first message without taking it; false if it is none.
func (c *conn) hello() (tlshello.Hello, bool) {
	for {
		h, state := tlshello.Parse(c.src.Buffered())
		if state == tlshello.Short && c.src.More() == nil {
			continue
		}
		return h, state == tlshello.Whole
	}
}

// refusedTLS is told why an opened stream ended before the client asked for anything.
func (c *conn) refusedTLS(err error) {
	c.inside.untold = false
	if !c.s.Interception.Rejected(c.inside.attempt, err) {
		return
	}
	e := exchange.Entry{
		At: time.Now(), Kind: exchange.KindTunnel, Outcome: exchange.OutcomeFailed, Tracker: c.inside.attempt.Host(), Client: c.inside.client,
		Problem: exchange.ProblemUntrusted, Detail: upstream.Classify("handshake", err).Error(), Swarm: bittorrent.UnknownSwarm,
	}
	c.s.Log.Warn("a client does not accept this program's certificate; from now on its connections to that tracker pass unopened",
		"tracker", e.Tracker, "client", e.Client, "cause", e.Detail, "todo", "make it trust bittoratio-ca.pem in the data folder, then Try again in the settings, or SIGHUP")
	c.s.Note(e)
}

// askedInside notes that the client goes on inside an opened stream.
func (c *conn) askedInside() {
	if c.inside.untold {
		c.inside.untold = false
		c.s.Interception.Trusted(c.inside.attempt)
	}
}

// watch passes the beginning of a tunnel on, from the client to the other end, until it is known whether it is TLS and
// to whom: so the window can list what could be opened. early was passed on already. Nothing waits for it.
func (c *conn) watch(early []byte) {
	if c.inside.watched {
		return
	}
	seen := bytes.Clone(early)
	var b [2048]byte
	for {
		h, state := tlshello.Parse(seen)
		if state == tlshello.Whole {
			c.s.Interception.Observe(c.inside.client, c.up.target.Address, h, time.Now())
		}
		if state != tlshello.Short {
			return
		}
		n, err := c.nc.Read(b[:])
		if _, failed := c.up.nc.Write(b[:n]); err != nil || failed != nil {
			return // who copies the rest will find out too
		}
		seen = append(seen, b[:n]...)
	}
}
