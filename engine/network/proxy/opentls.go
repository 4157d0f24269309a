package proxy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/wire/tlshello"
)

// peeked is a connection of which the first bytes were read already.
type peeked struct {
	net.Conn
	early []byte
	name  string   // whom the client means
	last  [16]byte // the beginning of what was read last
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.early) == 0 {
		n, err := p.Conn.Read(b)
		clear(p.last[copy(p.last[:], b[:n]):])
		return n, err
	}
	n := copy(b, p.early)
	p.early = p.early[n:]
	return n, nil
}

// alert is what the client said last in the clear, if that was an alert (RFC 8446 §6). Clients with OpenSSL say so that they
// do not trust a certificate, at a time when crypto/tls expects it encrypted and takes it for damage.
func (p *peeked) alert() (tls.AlertError, bool) {
	b := p.last[:]
	if bytes.HasPrefix(b, []byte{20, 3, 3, 0, 1}) { // a change of cipher, which says nothing (appendix D.4)
		b = b[6:]
	}
	return tls.AlertError(b[6]), b[0] == 21 && b[1] == 3 && b[3] == 0 && b[4] == 2
}

// NetConn is the connection itself, for what only TCP can.
func (p *peeked) NetConn() net.Conn { return p.Conn }

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
	at, port := splitAddress(c.inside.target.Address)
	var config *tls.Config
	h, ok := c.hello()
	if ok && c.inside.scheme == "http" { // else it is TLS inside TLS, and nobody's business
		at = cmp.Or(h.ServerName, at)
		c.inside.watched, c.inside.who = true, c.s.Opening.saw(c.inside.client, at, port, time.Now())
		config = c.s.Opening.judge(c.inside.who, at, port, h)
	}
	if !c.s.work(c) {
		return false
	}
	if config == nil {
		c.tunnelInside(ctx, nil)
		return false
	}
	under := &peeked{Conn: c.tcp, early: bytes.Clone(c.src.Buffered()), name: at}
	stream := tls.Server(under, config)
	_ = c.tcp.SetDeadline(time.Now().Add(headTime))
	if err := stream.Handshake(); err != nil {
		if said, ok := under.alert(); ok {
			err = &net.OpError{Op: "remote error", Err: said}
		}
		c.refusedTLS(err)
		return false
	}
	_ = c.tcp.SetDeadline(time.Time{})
	c.nc = stream
	c.src.Reset(stream)
	c.inside.scheme, c.inside.untold = "https", true
	c.inside.target.ServerName, c.inside.target.Classical = at, !h.Hybrid
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
	if !c.s.Opening.refused(c.inside.who, err) {
		return
	}
	e := activity.Entry{
		At: time.Now(), Kind: activity.Tunnel, Outcome: activity.Failed, Tracker: c.inside.who.host, Client: c.inside.client,
		Problem: activity.ProblemUntrusted, Detail: upstream.Classify("handshake", err).Error(), Swarm: bittorrent.UnknownSwarm,
	}
	c.s.Log.Warn("a client does not accept this program's certificate; from now on its connections to that tracker pass unopened",
		"tracker", e.Tracker, "client", e.Client, "cause", e.Detail, "todo", "make it trust bittoratio-ca.pem in the data folder, then Try again in the settings, or SIGHUP")
	c.s.Note(e)
}

// askedInside notes that the client goes on inside an opened stream.
func (c *conn) askedInside() {
	if c.inside.untold {
		c.inside.untold = false
		c.s.Opening.asked(c.inside.who)
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
			at, port := splitAddress(c.up.target.Address)
			c.s.Opening.saw(c.inside.client, cmp.Or(h.ServerName, at), port, time.Now())
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
