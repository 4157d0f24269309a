package downstream

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"bittoratio/engine/wire/httphead"
)

// WriteTime is how long a client may take to read one part of an answer.
const WriteTime = 10 * time.Second

// Conn is one client's connection. One goroutine serves it; others may call only Looking and Abort.
type Conn struct {
	Stream net.Conn         // TLS over TCP if TLS was accepted, otherwise the TCP connection
	Source *httphead.Source // reads Stream

	tcp      net.Conn // as accepted
	from     origin   // of tcp; see Remote
	writable time.Time
	dial     dial
	dialling func()
}

// New returns a Conn without a connection. It calls dialling when [Conn.Looking] needs to be called every second.
func New(dialling func()) *Conn {
	return &Conn{Source: httphead.NewSource(nil, nil), dialling: dialling}
}

// Reset makes c the connection nc.
func (c *Conn) Reset(nc net.Conn) {
	c.tcp, c.writable, c.from = nc, time.Time{}, unknownOrigin
	c.Over(nc)
}

// Over makes c read and write stream, which runs over the connection.
func (c *Conn) Over(stream net.Conn) {
	c.Stream = stream
	c.Source.Reset(stream)
}

// origin is where a client's connection comes from.
type origin uint8

const (
	unknownOrigin origin = iota // not determined yet: that takes a system call
	thisComputer
	otherComputer
)

// Remote reports whether the client is another computer.
func (c *Conn) Remote() bool {
	if c.from == unknownOrigin {
		c.from = thisComputer
		if Remote(c.tcp) {
			c.from = otherComputer
		}
	}
	return c.from == otherComputer
}

// Remote reports whether a client's connection comes from another computer.
func Remote(nc net.Conn) bool {
	local, ok1 := addrOf(nc.LocalAddr())
	from, ok2 := addrOf(nc.RemoteAddr())
	if !ok1 || !ok2 || local.IsLoopback() || from == local {
		return false // a client on this computer may come from any address of it
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	return !slices.ContainsFunc(addrs, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr().Unmap().WithZone("") == from
	})
}

func addrOf(a net.Addr) (netip.Addr, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	return t.AddrPort().Addr().Unmap().WithZone(""), true
}

// TCP returns the connection as it was accepted.
func (c *Conn) TCP() net.Conn { return c.tcp }

// Allow gives the client this long to send its next bytes and to read an answer. Both deadlines are set at once, which
// takes only one timer.
func (c *Conn) Allow(limit time.Duration) {
	c.writable = time.Now().Add(limit)
	_ = c.Stream.SetDeadline(c.writable)
}

// Unlimited removes the connection's deadlines for reading and writing.
func (c *Conn) Unlimited() {
	c.writable = time.Time{}
	_ = c.Stream.SetDeadline(time.Time{})
}

// Write sends b to the client within WriteTime; see [Conn.WriteWithin].
func (c *Conn) Write(b []byte) error { return c.WriteWithin(b, WriteTime) }

// WriteWithin sends b to the client within limit, or within half of it if that saves setting a timer: BenchmarkExchange
// takes 3 % longer with a timer for each answer.
func (c *Conn) WriteWithin(b []byte, limit time.Duration) error {
	if now := time.Now(); c.writable.Sub(now) < limit/2 || c.writable.Sub(now) > 2*limit {
		c.writable = now.Add(limit)
		_ = c.Stream.SetWriteDeadline(c.writable)
	}
	_, err := c.Stream.Write(b)
	return err
}

// LingerClose ends the output, and gives the client time to read it. Otherwise the system would reset the connection
// when the client sends more.
func (c *Conn) LingerClose() {
	if !CloseWrite(c.Stream) {
		return
	}
	_ = c.Stream.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	var sink [4096]byte
	for range 64 {
		if _, err := c.Stream.Read(sink[:]); err != nil {
			return
		}
	}
}

// Cut ends the output with a reset: after an orderly end, an answer without a length would look complete.
func (c *Conn) Cut() {
	if tc, ok := TCPOf(c.Stream); ok {
		_ = tc.SetLinger(0)
		_ = tc.Close() // first, because TLS would send an orderly end
	}
}

// Close ends the connection.
func (c *Conn) Close() { _ = c.Stream.Close() }

// Abort ends the connection from another goroutine.
func (c *Conn) Abort() { _ = c.tcp.Close() }

// CloseWrite ends only this side's direction of a connection, so that an answer can still arrive. It reports whether it
// could.
func CloseWrite(nc net.Conn) bool {
	half, ok := nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// TCPOf returns the TCP connection below a connection, which may be TLS.
func TCPOf(nc net.Conn) (*net.TCPConn, bool) {
	for {
		if tc, ok := nc.(*net.TCPConn); ok {
			return tc, true
		}
		under, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nil, false
		}
		nc = under.NetConn()
	}
}

// Probe switches on keep-alive probes, so that it is noticed within two minutes if the other end vanishes.
func Probe(nc net.Conn) {
	if tc, ok := TCPOf(nc); ok {
		_ = tc.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second, Interval: 15 * time.Second, Count: 4})
	}
}
