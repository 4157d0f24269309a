package doors

import (
	"context"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/tlshello"
)

// acceptTLS inspects a client's first TLS message. A stream to a listed host is decrypted: then acceptTLS returns true,
// and the connection continues with the decrypted stream. Any other stream becomes a blind tunnel, to which this
// program adds no byte.
func (c *conn) acceptTLS(ctx context.Context) (decrypted bool) {
	h, ok := readHello(c.client.Source)
	inner := c.via.Scheme == "https" // TLS inside TLS, which is not decrypted
	if ok && !inner {
		c.tls = hello{watched: true, attempt: c.s.Interception.Observe(c.name, c.via.Target.Address, h, time.Now())}
	}
	if !c.s.markBusy(c) {
		return false
	}
	if !ok || inner {
		c.tunnelStream(ctx, nil)
		return false
	}
	config := c.s.Interception.Decide(c.tls.attempt)
	if config == nil {
		c.tunnelStream(ctx, nil)
		return false
	}
	c.far.close()
	target := c.via.Target
	target.ServerName, target.Classical = c.tls.attempt.Name, !h.Hybrid
	if c.s.Interception.Unchecked(c.tls.attempt, time.Now()) {
		fits, err := c.fits(ctx, target)
		if err != nil {
			return false
		}
		if !fits {
			c.tunnelStream(ctx, nil)
			return false
		}
	}
	stream, err := intercept.Accept(c.client.TCP(), c.client.Source.Buffered(), c.tls.attempt, config)
	if err != nil {
		c.rejectedTLS(err)
		return false
	}
	c.client.Over(stream)
	c.tls.unproven = true
	c.via.Scheme, c.via.Target = "https", target
	return true
}

// checkTime limits the check whether this program can speak TLS as a server wants it: for the dial, and again for the
// handshake.
const checkTime = upstream.ConnectTimeout

// fits reports whether a stream may be decrypted: not if this program cannot speak TLS as the server wants it, which is
// checked before the client speaks TLS with this program, so that not even its first announce fails. The connection to
// the server is kept for the client's first request. It is an error if the client has left, which must not be taken for
// a rejection of the certificate.
func (c *conn) fits(ctx context.Context, t upstream.Target) (bool, error) {
	ctx = c.client.Dialling(ctx)
	defer c.client.Dialled()
	nc, err := c.s.Dialer.Connect(ctx, t, checkTime)
	if err == nil {
		if err = upstream.Settle(nc); err != nil {
			_ = nc.Close()
		}
	}
	if err == nil {
		c.far.set(nc, nil)
	} else if p := upstream.Classify("", err).Problem; p.Unfit() {
		c.stepAside(p)
		return false, nil
	} else if ctx.Err() != nil {
		return false, ctx.Err()
	}
	c.s.Interception.Checked(c.tls.attempt, err == nil, time.Now())
	return true, nil
}

// readHello reads a TLS client's first message without consuming it; false if there is none.
func readHello(src *httphead.Source) (tlshello.Hello, bool) {
	for {
		h, state := tlshello.Parse(src.Buffered())
		if state == tlshello.Short && src.More() == nil {
			continue
		}
		return h, state == tlshello.Whole
	}
}

// rejectedTLS records why a decrypted stream ended before the client sent a request.
func (c *conn) rejectedTLS(err error) {
	c.tls.unproven = false
	if !c.s.Interception.Rejected(c.tls.attempt, err, time.Now()) {
		return
	}
	e := exchange.Entry{
		Kind: exchange.KindTunnel, Outcome: exchange.OutcomeFailed, Tracker: c.tls.attempt.Host(), Client: c.name,
		Problem: exchange.ProblemUntrusted, Detail: upstream.Classify("handshake", err).Error(),
	}
	c.s.Log.Warn("a client does not accept this program's certificate; its connections to that tracker now pass undecrypted",
		"tracker", e.Tracker, "client", e.Client, "cause", e.Detail, "todo", "make it trust bittoratio-ca.pem in the data folder, then Try again in the settings, or SIGHUP")
	c.note(e)
}

// stepAside lets the next connections to the server of a decrypted stream pass undecrypted, because this program cannot
// speak TLS as the server wants it, and the client perhaps can. A stream that is decrypted already ends, so that the
// client makes another.
func (c *conn) stepAside(p exchange.Problem) {
	if !c.s.Interception.StepAside(c.tls.attempt, p) {
		return
	}
	e := exchange.Entry{
		Kind: exchange.KindTunnel, Outcome: exchange.OutcomeFailed, Tracker: c.tls.attempt.Host(), Client: c.name,
		Problem: p, Detail: announce.Words(p),
	}
	c.s.Log.Warn("clients' connections to a tracker now pass undecrypted, and its totals are not multiplied",
		"tracker", e.Tracker, "cause", e.Detail, "todo", "if the tracker changes, Try again in the settings, or SIGHUP")
	c.note(e)
}
