package proxy

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"sync"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/relay"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/socks"
)

// silence is how long a stream through SOCKS may say nothing before the other end is let speak first. Trackers' clients
// and peers begin at once.
const silence = 250 * time.Millisecond

// socks serves a SOCKS handshake up to where the stream begins; false if none does.
func (c *conn) socks(ctx context.Context, d door) (ok bool) {
	if d == doorSOCKS4 {
		return c.socks4()
	}
	return c.socks5(ctx)
}

// socks4 is socks for SOCKS4 and 4a.
func (c *conn) socks4() (ok bool) {
	var r socks.Request
	err := c.until(func(b []byte) (n int, err error) {
		r, n, err = socks.ParseRequest4(b)
		return n, err
	})
	switch {
	case err != nil:
		return c.refuseSOCKS(socks.AppendReply4(nil, socks.Failed), err)
	case r.Command != socks.Connect:
		return c.refuseSOCKS(socks.AppendReply4(nil, socks.NoSuchCommand), errCommand)
	}
	if err := c.lead(r.Address); err != nil {
		return c.refuseSOCKS(socks.AppendReply4(nil, socks.NotAllowed), err)
	}
	return c.write(socks.AppendReply4(nil, socks.Succeeded)) == nil
}

// socks5 is socks for SOCKS5.
func (c *conn) socks5(ctx context.Context) (ok bool) {
	var open bool
	err := c.until(func(b []byte) (n int, err error) {
		open, n, err = socks.ParseGreeting(b)
		return n, err
	})
	if err != nil {
		return c.refuseSOCKS(nil, err)
	}
	if !open {
		return c.refuseSOCKS(socks.AppendMethod(nil, socks.NoneAcceptable), errPassword)
	}
	if c.write(socks.AppendMethod(nil, socks.NoAuthentication)) != nil {
		return false
	}
	var r socks.Request
	err = c.until(func(b []byte) (n int, err error) {
		r, n, err = socks.ParseRequest5(b)
		return n, err
	})
	no := func(reply socks.Reply, err error) bool {
		return c.refuseSOCKS(socks.AppendReply5(nil, reply, netip.AddrPort{}), err)
	}
	switch {
	case errors.Is(err, socks.ErrAddressType):
		return no(socks.NoSuchAddress, err)
	case err != nil:
		return no(socks.Failed, err)
	case r.Command == socks.Associate:
		if err := c.associate(ctx); err != nil {
			return no(socks.Failed, err)
		}
		return false
	case r.Command != socks.Connect:
		return no(socks.NoSuchCommand, errCommand)
	}
	if err := c.lead(r.Address); err != nil {
		return no(socks.NotAllowed, err)
	}
	return c.write(socks.AppendReply5(nil, socks.Succeeded, netip.AddrPort{})) == nil
}

var (
	errBrokenOff = errors.New("the client broke the SOCKS handshake off")
	errPassword  = errors.New("the client wants to show a password to the SOCKS proxy; there is none to be set")
	errCommand   = errors.New("the client wants something of the SOCKS proxy that it does not do")
	errNowhere   = errors.New("the client wants to go to no port")
	errHome      = errors.New("that address leads back to this program")
)

// associate lets datagrams through as long as the connection lasts. What the client asks to send from is not looked at:
// it mostly does not know.
func (c *conn) associate(ctx context.Context) error {
	if !c.s.work(c) {
		return nil
	}
	_ = c.nc.SetReadDeadline(time.Time{})
	probe(c.nc)
	return c.s.relay.Serve(ctx, c.s.ending, c.nc, func(at netip.AddrPort) error {
		if c.write(socks.AppendReply5(nil, socks.Succeeded, at)) != nil {
			return errBrokenOff
		}
		return nil
	})
}

// until reads until parse has what it needs, and takes that off the stream.
func (c *conn) until(parse func([]byte) (int, error)) error {
	for {
		n, err := parse(c.src.Buffered())
		if err != nil {
			return err
		}
		if n > 0 {
			c.src.Skip(n)
			return nil
		}
		if c.src.More() != nil {
			return errBrokenOff
		}
	}
}

// lead makes what follows a stream to somewhere else. Nothing is dialled yet, and the client is told yes all the same:
// of a tracker that is away it must get the answer that is remembered, and four copies of one announce need not be four
// connections. A peer that is not there shows as a stream that ends. A way back here leads to the gateway and nowhere
// else: clients send what is on this computer through the proxy too.
func (c *conn) lead(to socks.Address) error {
	if to.Port == 0 {
		return errNowhere
	}
	c.inside = inside{scheme: "http", target: upstream.Target{Address: to.String()}, silent: true}
	if c.s.dialer.LeadsBack(to.String()) { // of a name this shows when it is dialled
		c.inside.silent, c.inside.home = false, true
	}
	return nil
}

// refuseSOCKS answers a handshake that leads nowhere; one that was merely broken off gets nothing.
func (c *conn) refuseSOCKS(reply []byte, err error) (ok bool) {
	if errors.Is(err, errBrokenOff) {
		return false
	}
	e := exchange.Entry{At: time.Now(), Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax, Detail: err.Error(), Swarm: bittorrent.UnknownSwarm}
	if errors.Is(err, relay.ErrBusy) {
		e.Problem = exchange.ProblemBusy
	}
	gone := c.write(reply) != nil
	c.s.Note(e)
	if !gone {
		c.lingerClose()
	}
	return false
}

// listen waits for the first words of a stream to somewhere else; false if it is over. Mostly they are the client's. If
// it is silent, the other end may be to speak first: then it is reached, and whoever speaks decides. An announce that
// comes late is still one.
func (c *conn) listen(ctx context.Context) bool {
	c.inside.silent = false
	_ = c.nc.SetReadDeadline(time.Now().Add(silence))
	if err := c.src.Begin(); !errors.Is(err, os.ErrDeadlineExceeded) {
		return err == nil
	}
	if at, err := bittorrent.NewTrackerURL("connect", c.inside.target.Address, ""); err != nil || !mayTunnel(at.Port()) {
		return true // only a client that asks for something has business there
	}
	if !c.s.work(c) {
		return false
	}
	return c.asTunnel(ctx, c.eitherSpeaks)
}

// eitherSpeaks waits for the first words of either side; true if they are the client's.
func (c *conn) eitherSpeaks(e exchange.Entry) bool {
	if !c.s.carries(c, true) {
		return false
	}
	defer c.s.carries(c, false)
	mine, theirs := c.nc, c.up.nc
	_ = mine.SetReadDeadline(time.Time{})
	_ = theirs.SetReadDeadline(time.Time{})
	var heard error
	var other sync.WaitGroup
	other.Go(func() {
		heard = c.upSrc.Begin()
		_ = mine.SetReadDeadline(time.Unix(1, 0))
	})
	err := c.src.Begin()
	_ = theirs.SetReadDeadline(time.Unix(1, 0))
	other.Wait()
	if err == nil && errors.Is(heard, os.ErrDeadlineExceeded) {
		c.up.rested = time.Now()
		return true
	}
	c.s.Note(e)
	if heard == nil {
		c.tunnel()
	}
	return false
}
