package doors

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/tlshello"
)

// unknownTime is how long the protocol of a stream may stay unknown. After that the stream is a tunnel.
const unknownTime = time.Second

// dialTime is how long the other end of a tunnel may take to connect: as long as clients wait. A client that leaves
// ends the dial.
const dialTime = 30 * time.Second

// halfTime is how long a tunnel may be silent once one side has ended its direction: the other side may ignore that. It
// is as long as other requests may pause.
const halfTime = 5 * time.Minute

// dial connects to the other end of a tunnel, unless that has been done.
func (c *conn) dial(ctx context.Context, t upstream.Target) error {
	if c.far.Conn != nil {
		return nil
	}
	ctx = c.client.Dialling(ctx)
	defer c.client.Dialled()
	nc, err := c.s.Dialer.Connect(ctx, t, dialTime)
	if err != nil {
		return err
	}
	c.far.set(nc, nil)
	return nil
}

// tunnelStream stops reading the stream: from here on every byte is copied, beginning with head, which was read
// already.
func (c *conn) tunnelStream(ctx context.Context, head []byte) {
	head = bytes.Clone(head)
	c.asTunnel(ctx, func(e exchange.Entry) bool {
		c.note(e)
		if _, err := c.far.Write(head); err == nil {
			c.tunnel()
		}
		return false
	})
}

// asTunnel dials the other end, and counts the stream as a tunnel meanwhile, since many peers never answer, and while
// carry runs. carry gets the entry to record, and reports whether to inspect the stream further. As with CONNECT, bytes
// that are not read may not go to every port.
func (c *conn) asTunnel(ctx context.Context, carry func(exchange.Entry) bool) (on bool) {
	e := exchange.Entry{At: time.Now(), Kind: exchange.KindTunnel, Outcome: exchange.OutcomePassed, Client: c.name}
	refuse := func(p exchange.Problem) bool {
		e.Kind, e.Outcome, e.Problem = exchange.KindRefused, exchange.OutcomeRefused, p
		c.note(e)
		return false
	}
	u, err := bittorrent.NewTrackerURL("connect", c.via.Target.Address, "")
	if err != nil {
		return refuse(exchange.ProblemSyntax)
	}
	if e.Tracker = u.Host(); !upstream.MayPass(u.Port()) {
		return refuse(exchange.ProblemPort)
	}
	defer c.s.tunnels.Add(-1)
	if c.s.tunnels.Add(1) > c.s.maxTunnels {
		return refuse(exchange.ProblemBusy)
	}
	if !c.s.markTunnel(c, true) {
		return false
	}
	if err := c.dial(ctx, c.via.Target); err != nil {
		f := upstream.Classify("", err)
		e.Problem, e.Detail = f.Problem, f.Error()
		if f.Problem.Forbidden() {
			return refuse(f.Problem)
		}
		if c.via.StepsAside(f.Problem) {
			c.stepAside(f.Problem)
		}
		c.note(e)
		return false
	}
	return carry(e)
}

// tunnel copies both ways until both sides have ended, or one fails. TCP's keep-alive detects a side that vanished; a
// silent one may stay while neither side has ended.
func (c *conn) tunnel() {
	if !c.s.markTunnel(c, true) {
		return
	}
	near, far := c.client.Stream, c.far.Conn
	_ = far.SetDeadline(time.Time{})
	c.client.Unlimited()
	downstream.Probe(near)
	downstream.Probe(far)
	early := c.client.Source.Buffered()
	if len(early) > 0 {
		if _, err := far.Write(early); err != nil {
			return
		}
	}
	if len(c.far.early) > 0 && c.client.Write(c.far.early) != nil {
		return
	}
	c.client.Unlimited()
	var back sync.WaitGroup
	var half atomic.Bool
	back.Go(func() { pump(near, far, &half, 0) })
	pump(far, near, &half, c.watchHello(early))
	back.Wait()
}

// pump copies one way, of which n bytes were copied already; after a clean end it closes only that way, and limits the
// silence of the other. half is true once a way has ended.
func pump(dst, src net.Conn, half *atomic.Bool, n int64) {
	for ; ; n = 0 {
		more, err := io.Copy(dst, src)
		if n+more > 0 && half.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
			_ = src.SetReadDeadline(time.Now().Add(halfTime))
			continue
		}
		if err == nil && downstream.CloseWrite(dst) {
			half.Store(true)
			_ = dst.SetReadDeadline(time.Now().Add(halfTime))
			return
		}
		_ = dst.Close()
		_ = src.Close()
		return
	}
}

// watchHello forwards the beginning of a tunnel from the client, and reads it until it is known whether it is TLS and
// for which server, so that the window can list what could be decrypted. early was forwarded already. Nothing is
// delayed. It returns how many bytes it forwarded.
func (c *conn) watchHello(early []byte) (forwarded int64) {
	if c.tls.watched {
		return 0
	}
	seen := bytes.Clone(early)
	var b [2048]byte
	for {
		h, state := tlshello.Parse(seen)
		if state == tlshello.Whole {
			c.s.Interception.Observe(c.name, c.via.Target.Address, h, time.Now())
		}
		if state != tlshello.Short {
			return forwarded
		}
		n, err := c.client.Stream.Read(b[:])
		forwarded += int64(n)
		if _, failed := c.far.Write(b[:n]); err != nil || failed != nil {
			return forwarded // pump gets the same error
		}
		seen = append(seen, b[:n]...)
	}
}

// listen waits for the first bytes of a stream to somewhere else. It returns false if the stream is over. Usually the
// client sends first. If it is silent, the other end is dialled, since that may send first; then the side that sends
// first decides. A late announce is still an announce.
func (c *conn) listen(ctx context.Context) bool {
	c.silent = false
	_ = c.client.Stream.SetReadDeadline(time.Now().Add(silence))
	if err := c.client.Source.Begin(); !errors.Is(err, os.ErrDeadlineExceeded) {
		return err == nil
	}
	if at, err := bittorrent.NewTrackerURL("connect", c.via.Target.Address, ""); err != nil || !upstream.MayPass(at.Port()) {
		return true // only a client's request may go to such a port
	}
	if !c.s.markBusy(c) {
		return false
	}
	return c.asTunnel(ctx, func(e exchange.Entry) bool { return c.eitherSends(e, 0) })
}

// eitherSends waits for the first bytes of either side. It reports whether they are the client's; otherwise the stream
// is a tunnel, and e is recorded. If limit is not 0, a stream that is silent for that long is a tunnel too.
func (c *conn) eitherSends(e exchange.Entry, limit time.Duration) bool {
	if !c.s.markTunnel(c, true) {
		return false
	}
	defer c.s.markTunnel(c, false)
	near, far := c.client.Stream, c.far.Conn
	var until time.Time
	if limit > 0 {
		until = time.Now().Add(limit)
	}
	_ = near.SetReadDeadline(until)
	_ = far.SetReadDeadline(time.Time{})
	var failed error
	var buffer [4096]byte
	var other sync.WaitGroup
	other.Go(func() {
		var n int
		n, failed = far.Read(buffer[:])
		if n > 0 {
			c.far.early, failed = buffer[:n], nil
		}
		_ = near.SetReadDeadline(time.Unix(1, 0))
	})
	err := c.client.Source.Begin()
	_ = far.SetReadDeadline(time.Unix(1, 0))
	other.Wait()
	if err == nil && errors.Is(failed, os.ErrDeadlineExceeded) {
		_ = far.SetReadDeadline(time.Time{})
		return true
	}
	c.note(e)
	if failed == nil || limit > 0 { // a SOCKS client that left before anything was sent wanted an unreachable peer
		c.tunnel()
	}
	return false
}
