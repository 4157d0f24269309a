package proxy

import (
	"bytes"
	"context"
	"net"
	"strings"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/upstream"
)

// inside is a stream whose other end the client chose before it spoke: through SOCKS or CONNECT, or in TLS that was
// opened. The client means to talk to the tracker itself, so its requests are of origin form and nothing in their
// heads is for us. The zero value is a connection of another kind.
type inside struct {
	scheme string          // http or https
	target upstream.Target // where the client wants to go
	silent bool            // nobody has said anything yet
	home   bool            // the other end is this program: its gateway
	client string          // who it is, if it said so before the stream began

	watched bool              // it is known whether this is TLS, and to whom
	attempt intercept.Attempt // of a stream that was decrypted
	untold  bool              // it was opened, and the client has asked nothing yet
}

func (i inside) set() bool { return i.scheme != "" }

// authority names the tracker of a request: by its Host line, since clients may go to one tracker by several
// addresses, with the port that the stream goes to.
func (i inside) authority(host []byte) string {
	at, port, err := net.SplitHostPort(i.target.Address)
	if i.target.ServerName != "" {
		return net.JoinHostPort(i.target.ServerName, port)
	}
	if name := string(host); err == nil && name != "" {
		if strings.HasSuffix(name, ":"+port) {
			return name
		}
		if n, _, err := net.SplitHostPort(name); err == nil {
			name = n
		}
		at = strings.Trim(name, "[]")
	}
	return net.JoinHostPort(at, port)
}

// agrees is whether the Host line names whom the client made prove its name: else it is not certain which tracker is
// spoken to.
func (i inside) agrees(host []byte) bool {
	name, _, err := net.SplitHostPort(string(host))
	if err != nil {
		name = strings.Trim(string(host), "[]")
	}
	return i.target.ServerName == "" || strings.EqualFold(name, i.target.ServerName)
}

// exchangeInside serves one request of such a stream. What is no announce goes through as it came.
func (c *conn) exchangeInside(ctx context.Context) (keep bool) {
	if c.inside.home {
		return c.gateway(ctx)
	}
	c.askedInside()
	raw := c.req.Raw
	if target := c.req.Target.Of(raw); target[0] != '/' { // a proxy's request: that is no tracker
		c.tunnelInside(ctx, raw)
		return false
	}
	framing, ok := c.framing()
	if !ok {
		return false
	}
	host, _ := c.req.Get("host")
	authority := c.inside.authority(host)
	path, query := c.req.Origin()
	c.edits = c.edits[:0]
	if c.req.Is("GET") && !c.req.FromBrowser() && c.inside.agrees(host) {
		if r, ok := c.reader.Parse(raw, c.inside.scheme, []byte(authority), path, query); ok {
			return c.ask(ctx, r, c.inside.target)
		}
	}
	u, err := bittorrent.NewTrackerURL(c.inside.scheme, authority, string(path.Of(raw)))
	if err != nil {
		return c.refuse(400, "the target's host is not valid", exchange.ProblemSyntax)
	}
	return c.pass(ctx, u, c.inside.target, framing, looksAnnounced(query.Of(raw)))
}

// tunnelInside ends reading the stream: from here on every byte goes through, first those that were taken for a head.
func (c *conn) tunnelInside(ctx context.Context, head []byte) {
	head = bytes.Clone(head)
	c.asTunnel(ctx, func(e exchange.Entry) bool {
		c.s.Note(e)
		if _, err := c.up.nc.Write(head); err == nil {
			c.tunnel()
		}
		return false
	})
}

// asTunnel reaches the other end and lets the stream be one of the tunnels while carry lasts, which gets what is to be
// noted of it, and tells whether the stream goes on after all. As with CONNECT, not every port is reached by bytes that
// nobody reads.
func (c *conn) asTunnel(ctx context.Context, carry func(exchange.Entry) bool) (on bool) {
	e := exchange.Entry{At: time.Now(), Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Client: c.inside.client, Swarm: bittorrent.UnknownSwarm}
	refuse := func(p exchange.Problem) bool {
		e.Kind, e.Outcome, e.Problem = exchange.KindRefused, exchange.OutcomeRefused, p
		c.s.Note(e)
		return false
	}
	u, err := bittorrent.NewTrackerURL("connect", c.inside.target.Address, "")
	if err != nil {
		return refuse(exchange.ProblemSyntax)
	}
	if e.Tracker = u.Host(); !mayTunnel(u.Port()) {
		return refuse(exchange.ProblemPort)
	}
	defer c.s.tunnels.Add(-1)
	if c.s.tunnels.Add(1) > maxTunnels {
		return refuse(exchange.ProblemBusy)
	}
	if err := c.reach(ctx, c.inside.target, patience{connect: passConnect}); err != nil {
		f := upstream.Classify("", err)
		e.Problem, e.Detail = f.Problem, f.Error()
		if f.Problem == exchange.ProblemLoop {
			return refuse(f.Problem)
		}
		c.s.Note(e)
		return false
	}
	return carry(e)
}
