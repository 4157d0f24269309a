package doors

import (
	"context"
	"errors"
	"net/http"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
)

// connected is the answer to a CONNECT that is accepted.
var connected = []byte("HTTP/1.1 200 " + http.StatusText(http.StatusOK) + "\r\n\r\n")

// connect serves a CONNECT (RFC 9110 §9.3.6), and reports whether a stream begins that must be inspected. A CONNECT
// that may be TLS to a listed host is answered before its other end is dialled: only the first TLS message shows the
// host, and if the stream is decrypted, the tracker may be away without the client noticing. For any other CONNECT the
// other end is dialled first, so that the client learns why it cannot be reached.
func (c *conn) connect(ctx context.Context) (stream bool) {
	u, err := bittorrent.NewTrackerURL("connect", string(c.req.Target.Of(c.req.Raw)), "")
	if err != nil {
		c.refuse(400, "CONNECT needs host:port", exchange.ProblemSyntax)
		return false
	}
	if !upstream.MayPass(u.Port()) {
		c.refuse(403, "no tracker or peer listens on that port; browsers do not go there either", exchange.ProblemPort)
		return false
	}
	if f, err := c.req.Framing(); err != nil || f.Length > 0 || f.Kind == httphead.Chunked {
		c.refuse(400, "CONNECT has no body", exchange.ProblemSyntax)
		return false
	}
	c.name = downstream.ClientName(&c.req)
	target := upstream.Target{Address: u.Address(), Remote: c.client.Remote()}
	if c.s.Interception.MayIntercept(u.Address()) {
		c.via, c.silent = downstream.Via{Scheme: "http", Target: target}, true
		return c.client.Write(connected) == nil
	}
	defer c.s.tunnels.Add(-1)
	if c.s.tunnels.Add(1) > c.s.maxTunnels {
		c.refuse(503, "too many tunnels at once; do not send peer connections through this proxy", exchange.ProblemBusy)
		return false
	}
	if !c.s.markTunnel(c, true) {
		return false
	}
	e := exchange.Entry{Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Tracker: u.Host(), Client: c.name}
	if err := c.dial(ctx, target); err != nil {
		reply := unreached(&e, err)
		c.note(e)
		_ = c.client.Write(reply)
		return false
	}
	if c.client.Write(connected) != nil {
		return false
	}
	c.via = downstream.Via{Scheme: "http", Target: target}
	e.Status = 200
	return c.eitherSends(e, unknownTime)
}

// unreached returns the answer to a CONNECT whose other end could not be reached, and records why.
func unreached(e *exchange.Entry, err error) (reply []byte) {
	f := upstream.Classify("", err)
	e.Problem, e.Detail = f.Problem, f.Error()
	switch {
	case f.Problem.Forbidden():
		e.Kind, e.Outcome, e.Status = exchange.KindRefused, exchange.OutcomeRefused, 403
		return downstream.FailureReply(403, upstream.WhyClosed(err), true)
	case errors.Is(err, context.Canceled):
		return downstream.FailureReply(503, "the program is being stopped", true)
	case f.Problem == exchange.ProblemTimeout:
		return downstream.FailureReply(504, announce.Words(f.Problem), true)
	}
	return downstream.FailureReply(502, announce.Words(f.Problem), true)
}
