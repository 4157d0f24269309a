package doors

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/downstream"
	"bittoratio/engine/network/udprelay"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/socks"
)

// silence is how long a client may send nothing in a stream before the other end is dialled, which may send first. To
// trackers and peers clients send at once.
const silence = 250 * time.Millisecond

// socksDoor serves the SOCKS handshake of a connection.
type socksDoor struct{ *conn }

// socks serves a SOCKS handshake up to the beginning of the stream; ok reports whether there is one.
func (c *conn) socks(ctx context.Context, d door) (ok bool) {
	if d == doorSOCKS4 {
		return socksDoor{c}.socks4()
	}
	return socksDoor{c}.socks5(ctx)
}

// socks4 is socks for SOCKS4 and 4a.
func (c socksDoor) socks4() (ok bool) {
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
	if err := c.streamTo(r.Address); err != nil {
		return c.refuseSOCKS(socks.AppendReply4(nil, socks.NotAllowed), err)
	}
	return c.client.Write(socks.AppendReply4(nil, socks.Succeeded)) == nil
}

// socks5 is socks for SOCKS5.
func (c socksDoor) socks5(ctx context.Context) (ok bool) {
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
	if c.client.Write(socks.AppendMethod(nil, socks.NoAuthentication)) != nil {
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
	case r.Command == socks.Associate && !c.s.udp.allowed.Load():
		return c.refuseUDP()
	case r.Command == socks.Associate:
		if err := c.associate(ctx, r.Address); err != nil {
			return no(socks.Failed, err)
		}
		return false
	case r.Command != socks.Connect:
		return no(socks.NoSuchCommand, errCommand)
	}
	if err := c.streamTo(r.Address); err != nil {
		return no(socks.NotAllowed, err)
	}
	return c.client.Write(socks.AppendReply5(nil, socks.Succeeded, netip.AddrPort{})) == nil
}

var (
	errBrokenOff = errors.New("the client broke off the SOCKS handshake")
	errPassword  = errors.New("the client wants to log in to the SOCKS proxy, which takes no password; remove it from the client's settings")
	errCommand   = errors.New("the client asked the SOCKS proxy for a command that it does not have")
	errNoUDP     = errors.New("the settings let no datagrams through SOCKS5; for udp:// trackers, switch that on or convert the torrents")
	errNowhere   = errors.New("the client asked for port 0")
)

// associate relays datagrams as long as the connection lasts; named is from where the client wants to send them.
func (c socksDoor) associate(ctx context.Context, named socks.Address) error {
	if !c.s.markBusy(c.conn) {
		return nil
	}
	control := c.client.Stream
	_ = control.SetReadDeadline(time.Time{})
	downstream.Probe(control)
	return c.s.Relay.Serve(ctx, c.s.ending, control, named, func(at netip.AddrPort) error {
		if c.client.Write(socks.AppendReply5(nil, socks.Succeeded, at)) != nil {
			return errBrokenOff
		}
		return nil
	})
}

// until reads until parse has what it needs, and consumes those bytes.
func (c socksDoor) until(parse func([]byte) (int, error)) error {
	for {
		n, err := parse(c.client.Source.Buffered())
		if err != nil {
			return err
		}
		if n > 0 {
			c.client.Source.Skip(n)
			return nil
		}
		if c.client.Source.More() != nil {
			return errBrokenOff
		}
	}
}

// streamTo makes the connection a stream to an address, and grants it before anything is dialled: if a tracker is away,
// the client must get the cached answer, and four copies of one announce need not cause four connections. If a peer is
// unreachable, its stream just ends. An address of this program leads only to the gateway, because clients send
// requests to this computer through the proxy too.
func (c socksDoor) streamTo(to socks.Address) error {
	if to.Port == 0 {
		return errNowhere
	}
	c.via = downstream.Via{Scheme: "http", Target: upstream.Target{Address: to.String(), Remote: c.client.Remote()}}
	c.via.Home = c.s.Dialer.LeadsBack(to.String()) // for a name, only the dial can show this
	c.silent = !c.via.Home
	return nil
}

// udp has whether clients may send datagrams, and when a refusal was last recorded.
type udp struct {
	allowed atomic.Bool
	noted   atomic.Int64 // when a refusal was last recorded, in Unix nanoseconds; 0 for never
}

// refusalPause is how long after a refusal of datagrams no other is recorded: libtorrent asks repeatedly, even if it
// has no udp trackers.
const refusalPause = time.Hour

// SetUDP sets whether clients may send datagrams (UDP ASSOCIATE). Open associations stay open.
func (s *Server) SetUDP(allowed bool) {
	if s.udp.allowed.Swap(allowed) {
		s.udp.noted.Store(0)
	}
}

// refuseUDP refuses datagrams with the reply that makes a client send them directly. It returns false: there is no
// stream.
func (c socksDoor) refuseUDP() bool {
	reply := socks.AppendReply5(nil, socks.NoSuchCommand, netip.AddrPort{})
	now, noted := time.Now(), c.s.udp.noted.Load()
	if noted != 0 && now.Sub(time.Unix(0, noted)) < refusalPause || !c.s.udp.noted.CompareAndSwap(noted, now.UnixNano()) {
		if c.client.Write(reply) == nil {
			c.client.LingerClose()
		}
		return false
	}
	return c.refuseSOCKS(reply, errNoUDP)
}

// refuseSOCKS refuses a handshake; a client that broke it off gets no answer. It returns false: there is no stream.
func (c socksDoor) refuseSOCKS(reply []byte, err error) (ok bool) {
	if errors.Is(err, errBrokenOff) {
		return false
	}
	e := exchange.Entry{Kind: exchange.KindRefused, Outcome: exchange.OutcomeRefused, Problem: exchange.ProblemSyntax, Detail: err.Error()}
	if errors.Is(err, udprelay.ErrBusy) {
		e.Problem = exchange.ProblemBusy
	}
	if errors.Is(err, errNoUDP) {
		e.Problem = exchange.ProblemUDP
	}
	gone := c.client.Write(reply) != nil
	c.note(e)
	if !gone {
		c.client.LingerClose()
	}
	return false
}
