package utp

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/moment"
	wire "bittoratio/engine/wire/utp"
)

// Conn is one connection, a [net.Conn].
type Conn struct {
	socket *Socket
	key    key
	at     moment.Time // when to pump it; zero for never; guarded by Socket.mu

	mu     sync.Mutex // locked before Socket.mu
	cond   sync.Cond  // the flow or a deadline changed
	flow   *wire.Flow // guarded by mu; its ids never change
	broken error      // why it ended on this side; guarded by mu
	read   deadline   // guarded by mu
	write  deadline   // guarded by mu
}

var _ net.Conn = (*Conn)(nil)

// deadline is when reads or writes stop waiting.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// buffers hold outgoing datagrams.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// pump sends what the flow has to send now, wakes those who wait, and schedules the flow's next call.
func (c *Conn) pump() {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		d := c.next((*buffer)[:0])
		if d == nil {
			c.cond.Broadcast()
			return
		}
		_ = c.socket.out.Send(d, c.key.peer) // a datagram that could not leave counts as lost
	}
}

// next returns the flow's next datagram; if there is none, nil, after it has scheduled the next call. It does so under
// the lock: otherwise another goroutine could replace the deadline meanwhile, and the timer would ring too late.
func (c *Conn) next(buffer []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.flow.Next(udp.Now(), buffer)
	if d == nil {
		c.socket.schedule(c, c.flow.Deadline(), c.flow.Over())
	}
	return d
}

// abort ends the connection without a packet.
func (c *Conn) abort(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = why
	}
	c.cond.Broadcast()
	c.socket.schedule(c, 0, true)
}

// reset ends the connection with a RESET, if it is not over.
func (c *Conn) reset() {
	c.mu.Lock()
	d := c.flow.Reset(udp.Now(), nil)
	c.mu.Unlock()
	if d != nil {
		_ = c.socket.out.Send(d, c.key.peer)
	}
}

// connected waits until the other end has answered a dial.
func (c *Conn) connected() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.broken != nil:
			return c.broken
		case c.flow.Err() != nil:
			return c.flow.Err()
		case c.flow.Connected():
			return nil
		}
		c.cond.Wait()
	}
}

// Read reads what has arrived; it returns [io.EOF] after the other end's last byte.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.take(b)
	if n > 0 {
		c.pump() // the window may have new room to announce
	}
	return n, err
}

func (c *Conn) take(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.broken != nil:
			return 0, c.broken
		case c.read.passed():
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case c.flow.Readable():
			n, _ := c.flow.Read(b)
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		case c.flow.Err() != nil:
			return 0, c.flow.Err()
		case c.flow.Over():
			return 0, net.ErrClosed
		}
		c.cond.Wait()
	}
}

// Write sends b; it waits while too much is in flight.
func (c *Conn) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		var k int
		k, err = c.put(b)
		n, b = n+k, b[k:]
		c.pump()
	}
	return n, err
}

func (c *Conn) put(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.broken != nil:
			return 0, c.broken
		case c.flow.Err() != nil:
			return 0, c.flow.Err()
		case c.flow.Over():
			return 0, net.ErrClosed
		case c.write.passed():
			return 0, os.ErrDeadlineExceeded
		case c.flow.Writable():
			return c.flow.Write(b), nil
		}
		c.cond.Wait()
	}
}

// Close ends the connection. What was written is still sent, for at most two seconds.
func (c *Conn) Close() error {
	c.mu.Lock()
	if errors.Is(c.broken, net.ErrClosed) {
		c.mu.Unlock()
		return nil
	}
	if c.broken == nil {
		c.broken = net.ErrClosed
	}
	c.flow.Close(udp.Now())
	for _, d := range []*deadline{&c.read, &c.write} {
		if d.timer != nil {
			d.timer.Stop()
		}
	}
	c.mu.Unlock()
	c.pump()
	return nil
}

// LocalAddr returns the address of the socket.
func (c *Conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.socket.out.LocalAddr()) }

// RemoteAddr returns the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.key.peer) }

// Peer returns the address of the other end.
func (c *Conn) Peer() netip.AddrPort { return c.key.peer }

// SetDeadline limits how long reads and writes wait.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline limits how long reads wait.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.read, t) }

// SetWriteDeadline limits how long writes wait.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.write, t) }

func (c *Conn) setDeadline(d *deadline, t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d.at = t
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if !t.IsZero() && c.broken == nil {
		d.timer = time.AfterFunc(time.Until(t), func() {
			c.mu.Lock() // whoever waits has seen the new time or must be woken
			defer c.mu.Unlock()
			c.cond.Broadcast()
		})
	}
	c.cond.Broadcast()
	return nil
}

// Stats returns figures for pictures and tests.
func (c *Conn) Stats() wire.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flow.Stats()
}
