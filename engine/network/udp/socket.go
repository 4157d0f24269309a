package udp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// MaxDatagram is the size of the largest datagram that is read, in bytes. Larger ones are dropped.
const MaxDatagram = 4096

// Options are for the socket to open.
type Options struct {
	Bind   Bind
	Port   uint16 // 0 for a random one between 49152 and 65535
	V6     bool
	Filter *Filter // shared by all sockets
}

// Receiver processes a datagram. b is valid until it returns. The sender's address is clean ([Clean]) and not refused.
type Receiver func(b []byte, from netip.AddrPort)

// ErrRefused means that the filter refuses the address ([Filter]).
var ErrRefused = errors.New("udp: this address is never sent to")

// Socket is one UDP socket. Send is safe for concurrent use.
type Socket struct {
	conn       *net.UDPConn
	filter     *Filter
	v6         bool
	sent, read atomic.Uint64
}

// Listen opens a socket. A given port must be free; for a random one several are tried.
func Listen(o Options) (*Socket, error) {
	a, ok := o.Bind.Address(o.V6)
	if !ok {
		return nil, fmt.Errorf("listen for datagrams: %w", ErrNoInterface)
	}
	network := "udp4"
	if o.V6 {
		network = "udp6"
	}
	config := net.ListenConfig{Control: o.Bind.control}
	for try := 0; ; try++ {
		port := o.Port
		if port == 0 {
			port = uint16(49152 + rand.IntN(65536-49152))
		}
		c, err := config.ListenPacket(context.Background(), network, netip.AddrPortFrom(a, port).String())
		if err == nil {
			u := c.(*net.UDPConn)
			_ = u.SetReadBuffer(512 << 10) // metadata comes in bursts; the system's default loses some of them
			return &Socket{conn: u, filter: o.Filter, v6: o.V6}, nil
		}
		if o.Port != 0 || try == 9 {
			return nil, fmt.Errorf("listen for datagrams: %w", err)
		}
	}
}

// Run reads until ctx ends or the socket is closed, and closes it: datagrams that begin with 'd' go to dht, all others
// to utp. A nil receiver drops its datagrams.
func (s *Socket) Run(ctx context.Context, dht, utp Receiver) error {
	defer s.conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	b := make([]byte, MaxDatagram+1)
	for faults := 0; ; {
		n, from, err := s.conn.ReadFromUDPAddrPort(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return ctx.Err()
		case err != nil:
			// Windows reports that an earlier datagram was not received, or that one is too large; reading continues.
			if faults++; faults > 100 {
				time.Sleep(50 * time.Millisecond)
			}
			continue
		}
		faults = 0
		s.read.Add(1)
		if from = Clean(from); n == 0 || n > MaxDatagram || s.filter.Refuses(from) {
			continue
		}
		receive := utp
		if b[0] == 'd' {
			receive = dht
		}
		if receive != nil {
			receive(b[:n], from)
		}
	}
}

// Send sends b to an address of the socket's family. It fails with [ErrRefused] before the system sees the address.
func (s *Socket) Send(b []byte, to netip.AddrPort) error {
	if to = Clean(to); s.filter.Refuses(to) || to.Addr().Is6() != s.v6 {
		return ErrRefused
	}
	s.sent.Add(1)
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

// LocalAddr returns the address that the socket is bound to.
func (s *Socket) LocalAddr() netip.AddrPort {
	return Clean(s.conn.LocalAddr().(*net.UDPAddr).AddrPort())
}

// V6 reports whether the socket is for IPv6.
func (s *Socket) V6() bool { return s.v6 }

// Counts returns how many datagrams were sent and received.
func (s *Socket) Counts() (sent, read uint64) { return s.sent.Load(), s.read.Load() }

// Close ends Run.
func (s *Socket) Close() error { return s.conn.Close() }
