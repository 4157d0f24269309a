package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// mayTunnel is whether bytes that nobody reads may go to a port: to 443, or to any from 1024 on, where peers listen.
// Mail, remote shells and file shares are none of a BitTorrent client's business.
func mayTunnel(port uint16) bool { return port == 443 || port >= 1024 }

// connected is the answer to a CONNECT that is granted.
var connected = []byte("HTTP/1.1 200 " + http.StatusText(http.StatusOK) + "\r\n\r\n")

// connect makes a blind tunnel (RFC 9110 §9.3.6). What may turn out to be TLS to a listed host is answered before its
// other end is reached: only its first message tells, and if it is opened the tracker may be away without the client
// noticing.
func (c *conn) connect(ctx context.Context) (keep bool) {
	u, err := bittorrent.NewTrackerURL("connect", string(c.req.Target.Of(c.req.Raw)), "")
	if err != nil {
		c.refuse(400, "CONNECT needs host:port", exchange.ProblemSyntax)
		return false
	}
	if !mayTunnel(u.Port()) {
		c.refuse(403, "CONNECT reaches only port 443 and ports from 1024 on", exchange.ProblemPort)
		return false
	}
	if f, err := c.req.Framing(); err != nil || f.Length > 0 || f.Kind == httphead.Chunked {
		c.refuse(400, "CONNECT has no body", exchange.ProblemSyntax)
		return false
	}
	c.inside.client = clientName(&c.req)
	if c.s.Interception.MayIntercept(u.Address()) {
		c.inside.scheme, c.inside.target, c.inside.silent = "http", upstream.Target{Address: u.Address()}, true
		return c.write(connected) == nil
	}
	defer c.s.tunnels.Add(-1)
	if c.s.tunnels.Add(1) > maxTunnels {
		c.refuse(503, "too many tunnels at once; do not send peer connections through this proxy", exchange.ProblemBusy)
		return false
	}
	e := exchange.Entry{At: time.Now(), Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Tracker: u.Host(), Client: c.inside.client, Swarm: bittorrent.UnknownSwarm}
	if err := c.reach(ctx, upstream.Target{Address: u.Address()}, patience{connect: passConnect}); err != nil {
		c.unreached(e, err)
		return false
	}
	if c.write(connected) != nil {
		return false
	}
	e.Status = 200
	c.s.Note(e)
	c.tunnel()
	return false
}

// tunnel copies both ways until both sides have ended, or one is broken. TCP's own keep-alive finds a peer that
// vanished; a silent one may stay.
func (c *conn) tunnel() {
	if !c.s.carries(c, true) {
		return
	}
	_ = c.nc.SetDeadline(time.Time{})
	_ = c.up.nc.SetDeadline(time.Time{})
	probe(c.nc)
	probe(c.up.nc)
	early := c.src.Buffered()
	if len(early) > 0 {
		if _, err := c.up.nc.Write(early); err != nil {
			return
		}
	}
	if first := c.up.src.Buffered(); len(first) > 0 && c.write(first) != nil {
		return
	}
	_ = c.nc.SetDeadline(time.Time{})
	var back sync.WaitGroup
	back.Go(func() { pump(c.nc, c.up.nc) })
	c.watch(early)
	pump(c.up.nc, c.nc)
	back.Wait()
}

// probe lets TCP find out, within two minutes, that the other side of a silent connection has vanished.
func probe(nc net.Conn) {
	if tc, ok := tcpOf(nc); ok {
		_ = tc.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second, Interval: 15 * time.Second, Count: 4})
	}
}

// pump copies one way; at a clean end only that way is closed.
func pump(dst, src net.Conn) {
	if _, err := io.Copy(dst, src); err == nil && closeWrite(dst) {
		return
	}
	_ = dst.Close()
	_ = src.Close()
}
