package utp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/moment"
	wire "bittoratio/engine/wire/utp"
)

// Datagrams sends datagrams. Send must not block for long.
type Datagrams interface {
	Send(b []byte, to netip.AddrPort) error
	LocalAddr() netip.AddrPort
	V6() bool
}

const (
	maxConns   = 1024
	lingerTime = 2 * time.Second
	backlog    = 16 // accepted but not taken yet
)

var errFull = errors.New("utp: too many connections")

// Socket shares its Datagrams among connections. It is safe for concurrent use.
type Socket struct {
	out      Datagrams
	options  wire.Options
	accepted chan *Conn    // nil if no peer may connect
	wake     chan struct{} // a deadline is earlier than the timer

	mu     sync.Mutex
	conns  map[key]*Conn // guarded by mu
	next   moment.Time   // when the timer rings; guarded by mu
	closed bool          // guarded by mu
}

// key identifies a connection: its other end, and the id in the packets from there.
type key struct {
	peer netip.AddrPort
	id   uint16
}

// New returns a socket that dials; it accepts connections too if accept is true. [Socket.Receive] must get the
// datagrams that arrive, and [Socket.Run] must run.
func New(out Datagrams, accept bool) *Socket {
	s := &Socket{out: out, wake: make(chan struct{}, 1), conns: map[key]*Conn{}}
	if out.V6() {
		s.options.Payload = wire.PayloadIPv6
	}
	if accept {
		s.accepted = make(chan *Conn, backlog)
	}
	return s
}

// Run serves the timer until ctx ends, and then closes all connections. For at most two seconds it still sends what is
// left and their ends: a program that gets no end keeps its connection open, and meanwhile refuses this address.
func (s *Socket) Run(ctx context.Context) error {
	s.run(ctx)
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), lingerTime)
	defer cancel()
	if s.shut() {
		s.run(rest)
	}
	s.abort()
	return ctx.Err()
}

// run serves the timer until ctx ends, or the socket is shut and has no connection left.
func (s *Socket) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !s.ended() {
		due, next := s.due(udp.Now())
		for _, c := range due {
			c.pump()
		}
		if len(due) > 0 {
			continue
		}
		timer.Reset(udp.Until(next))
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// due returns the connections whose deadline has passed, and when the next one does.
func (s *Socket) due(now moment.Time) (due []*Conn, next moment.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = now + time.Hour
	for _, c := range s.conns {
		switch {
		case c.at == 0:
		case c.at <= now:
			due = append(due, c)
		case c.at < s.next:
			s.next = c.at
		}
	}
	return due, s.next
}

// schedule sets when a connection is pumped next, or removes it if it is over.
func (s *Socket) schedule(c *Conn, at moment.Time, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.at = at; over {
		if s.conns[c.key] == c {
			delete(s.conns, c.key)
		}
	}
	if !over && at != 0 && at < s.next || s.closed {
		select {
		case s.wake <- struct{}{}:
		default: // it is awake
		}
	}
}

// ended reports whether the socket is shut and has no connection left.
func (s *Socket) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed && len(s.conns) == 0
}

// shut closes all connections, and refuses new ones; it reports whether there were any.
func (s *Socket) shut() (any bool) {
	s.mu.Lock()
	s.closed = true
	conns := make([]*Conn, 0, len(s.conns))
	for _, c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
	return len(conns) > 0
}

// abort ends the remaining connections.
func (s *Socket) abort() {
	s.mu.Lock()
	conns := s.conns
	s.conns = map[key]*Conn{}
	s.mu.Unlock()
	for _, c := range conns {
		c.abort(net.ErrClosed)
	}
}

// Dial connects to an address; ctx limits only the dialling.
func (s *Socket) Dial(ctx context.Context, to netip.AddrPort) (*Conn, error) {
	c, err := s.begin(to)
	if err == nil {
		err = c.dial(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("dial %s by µTP: %w", to, err)
	}
	return c, nil
}

// dial sends the first packet and waits for the answer. If ctx ends first, it sends a RESET: the other end may have
// answered, and Transmission would then wait for this connection for half a minute, and meanwhile refuse this address.
func (c *Conn) dial(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.abort(ctx.Err()) })
	defer stop()
	c.pump()
	err := c.connected()
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		c.reset()
	}
	return err
}

// begin makes a connection with a free id.
func (s *Socket) begin(to netip.AddrPort) (*Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	if len(s.conns) >= maxConns {
		return nil, errFull
	}
	k := key{to, uint16(rand.Uint32())}
	for s.conns[k] != nil {
		k.id++
	}
	return s.add(k, wire.Dial(k.id, s.clocked(), udp.Now())), nil
}

// clocked returns the options, with a random start of the clock.
func (s *Socket) clocked() wire.Options {
	o := s.options
	o.Clock = rand.Uint32()
	return o
}

// add makes a connection; s.mu is held.
func (s *Socket) add(k key, f *wire.Flow) *Conn {
	c := &Conn{socket: s, key: k, flow: f}
	c.cond.L = &c.mu
	s.conns[k] = c
	return c
}

// Accept returns the next connection that another program opened.
func (s *Socket) Accept(ctx context.Context) (*Conn, error) {
	select {
	case c := <-s.accepted:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Receive processes a datagram; b is not kept. One that belongs to no connection is dropped without an answer.
func (s *Socket) Receive(b []byte, from netip.AddrPort) {
	h, ok := wire.Parse(b)
	if !ok {
		return
	}
	c := s.find(&h, from)
	if c == nil {
		return
	}
	c.mu.Lock()
	c.flow.Receive(&h, udp.Now())
	c.mu.Unlock()
	c.pump()
}

// find returns the connection of a packet. A SYN may make one.
func (s *Socket) find(h *wire.Header, from netip.AddrPort) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case h.Type == wire.Syn:
		k := key{from, h.ID + 1}
		if c := s.conns[k]; c != nil || s.closed || s.accepted == nil || len(s.accepted) == cap(s.accepted) || len(s.conns) >= maxConns {
			return c
		}
		c := s.add(k, wire.Accept(h, uint16(rand.Uint32()), s.clocked(), udp.Now()))
		s.accepted <- c // it has room: only this line fills it, under the lock
		return c
	case h.Type == wire.Reset: // it may have either id
		for _, id := range [3]uint16{h.ID, h.ID - 1, h.ID + 1} {
			if c := s.conns[key{from, id}]; c != nil && (id == h.ID || c.flow.SendID() == h.ID) {
				return c
			}
		}
		return nil
	}
	return s.conns[key{from, h.ID}]
}
