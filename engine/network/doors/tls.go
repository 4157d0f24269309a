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
	stream, err := intercept.Accept(c.client.TCP(), c.client.Source.Buffered(), c.tls.attempt, config)
	if err != nil {
		c.rejectedTLS(err)
		return false
	}
	c.client.Over(stream)
	c.tls.unproven = true
	c.via.Scheme, c.via.Target.ServerName, c.via.Target.Classical = "https", c.tls.attempt.Name, !h.Hybrid
	return true
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
// speak TLS as the server wants it, and the client perhaps can. This connection ends, so that the client makes another.
func (c *conn) stepAside() {
	if !c.s.Interception.StepAside(c.tls.attempt, c.via.Unfit) {
		return
	}
	e := exchange.Entry{
		Kind: exchange.KindTunnel, Outcome: exchange.OutcomeFailed, Tracker: c.tls.attempt.Host(), Client: c.name,
		Problem: c.via.Unfit, Detail: announce.Words(c.via.Unfit),
	}
	c.s.Log.Warn("clients' connections to a tracker now pass undecrypted, and its totals are not multiplied",
		"tracker", e.Tracker, "cause", e.Detail, "todo", "if the tracker changes, Try again in the settings, or SIGHUP")
	c.note(e)
}
