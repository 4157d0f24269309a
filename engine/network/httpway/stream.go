package httpway

import (
	"bytes"
	"context"
	"errors"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
)

// Stream serves the requests of one connection after another, one request at a time. It owns at most one connection to
// a server. The buffers are reused from request to request.
type Stream struct {
	link
	via   *downstream.Via
	gated bool // the request is for the gateway

	upgraded bool // both ends use another protocol from now on

	req   *httphead.Request
	resp  httphead.Response // its Raw is in the server connection's buffer until the body is read
	edits []httphead.Edit
	out   []byte // the request as it is sent
	in    []byte // the part of the answer that is kept
	q     carriage

	lastClient
	reader httptracker.Reader
}

// lastClient is the client whose name was last looked up: one client sends most of what a stream serves.
// BenchmarkExchange takes 4 % longer without this.
type lastClient struct {
	lastHead [bittorrent.ClientHead]byte // of a peer id
	lastName string                      // of the client it names
}

// NewStream returns a stream for one goroutine.
func (s *Way) NewStream() *Stream {
	return &Stream{link: link{s: s, upSrc: httphead.NewSource(nil, nil)}}
}

// Reset prepares the stream for a new client.
func (c *Stream) Reset(client *downstream.Conn) {
	c.client = client
	c.shrink()
}

// Serve serves one request, whose head was just read.
func (c *Stream) Serve(ctx context.Context, req *httphead.Request, via *downstream.Via) downstream.After {
	c.req, c.via, c.gated, c.upgraded, c.nc = req, via, false, false, c.client.Stream
	var keep bool
	if via.Tunnelled() {
		keep = c.exchangeTunnelled(ctx)
	} else {
		keep = c.exchange(ctx)
	}
	c.shrink()
	switch {
	case c.upgraded:
		return downstream.Upgraded
	case keep:
		return downstream.Stays
	}
	return downstream.Closes
}

// shrink releases large buffers.
func (c *Stream) shrink() {
	if cap(c.in) > 16<<10 {
		c.in = nil
	}
	if cap(c.out) > 16<<10 {
		c.out = nil
	}
	if cap(c.resp.Fields) > 128 {
		c.resp.Fields = nil
	}
}

// exchangeTunnelled serves one request of a stream whose other end the client chose. A request that is not an announce
// is forwarded as it came.
func (c *Stream) exchangeTunnelled(ctx context.Context) (keep bool) {
	if c.via.Home {
		return gatewayDoor{c}.serve(ctx)
	}
	raw := c.req.Raw
	framing, ok := c.framing()
	if !ok {
		return false
	}
	host, _ := c.req.Get("host")
	authority := c.via.Authority(host)
	path, query := c.req.Origin()
	c.edits = c.edits[:0]
	if c.req.Is("GET") && c.via.Agrees(host) {
		if r, ok := c.reader.Parse(raw, c.via.Scheme, []byte(authority), path, query); ok && c.isTrackers(&r) {
			return c.serveTracker(ctx, r, c.via.Target)
		}
	}
	u, err := bittorrent.NewTrackerURL(c.via.Scheme, authority, string(path.Of(raw)))
	if err != nil {
		return c.refuse(400, "the target's host is not valid", exchange.ProblemSyntax)
	}
	return passing{c}.serve(ctx, u, c.via.Target, framing, looksAnnounced(query.Of(raw)))
}

// refuseHead answers a malformed head.
func (c *Stream) refuseHead(err error) {
	var malformed *httphead.Error
	if errors.As(err, &malformed) {
		c.refuse(malformed.Status, malformed.Reason, exchange.ProblemSyntax)
	}
}

// exchange serves one request of a plain connection; keep reports whether the client may send another.
func (c *Stream) exchange(ctx context.Context) (keep bool) {
	a, ok := c.req.Absolute()
	if !ok && c.req.Raw[c.req.Target.Start] == '/' {
		return gatewayDoor{c}.serve(ctx)
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
	if (gatewayDoor{c}).isMeant(authority, a.Path.Of(raw)) {
		return gatewayDoor{c}.serveByProxy(ctx)
	}
	if c.req.Is("GET") {
		if r, ok := c.reader.Parse(raw, "http", authority, a.Path, a.Query); ok && c.isTrackers(&r) {
			return c.serveTracker(ctx, r, c.target(r.Tracker))
		}
	}
	u, err := bittorrent.NewTrackerURL("http", string(authority), string(a.Path.Of(raw)))
	if err != nil {
		return c.refuse(400, "the target's host is not valid", exchange.ProblemSyntax)
	}
	if isIcon(string(a.Path.Of(raw))) && c.s.dialer.LeadsBack(u.Address()) {
		c.client.Refuse(404, notHere)
		return false
	}
	return passing{c}.serve(ctx, u, c.target(u), framing, looksAnnounced(a.Query.Of(raw)))
}

// isTrackers reports whether the request is an announce or a scrape of a client. A web seed may serve a file named
// scrape, so a scrape has to name a torrent.
func (c *Stream) isTrackers(r *httptracker.Request) bool {
	return (!r.Scrape || len(r.Hashes) > 0) && !c.fromBrowser(r)
}

// target returns the other end of a connection to a server, with what this client must not reach through it.
func (c *Stream) target(u bittorrent.TrackerURL) upstream.Target {
	t := upstream.TargetOf(u)
	t.Remote = c.client.Remote()
	t.PublicOnly = c.gated && c.s.led.has(u.Address(), time.Now())
	return t
}

// fromBrowser reports whether a page in a browser may have sent an announce or a scrape. If the client's User-Agent and
// peer id agree, it is not a browser, whatever else it sends.
func (c *Stream) fromBrowser(r *httptracker.Request) bool {
	if !c.req.FromBrowser() {
		return false
	}
	agent, _ := c.req.Get("user-agent")
	return r.Scrape || !clients.AgentAgrees(r.Announce.PeerID, string(agent))
}

// looksAnnounced reports whether a query may be meant as that of an announce or a scrape.
func looksAnnounced(query []byte) bool { return bytes.Contains(query, []byte("info_hash=")) }

// framing returns how the request's body is framed. If the framing is malformed, it sends the client an error and ok is
// false.
func (c *Stream) framing() (f httphead.Framing, ok bool) {
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
