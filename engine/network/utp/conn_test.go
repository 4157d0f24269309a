package utp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	wire "bittoratio/engine/wire/utp"
)

// fakeNetwork carries datagrams between sockets, with loss, in a bubble of testing/synctest.
type fakeNetwork struct {
	mu   sync.Mutex
	rand *rand.Rand
	loss float64
	ends map[netip.AddrPort]*Socket
	sent int
}

// endpoint is one socket's [Datagrams].
type endpoint struct {
	network *fakeNetwork
	addr    netip.AddrPort
}

func (s *endpoint) LocalAddr() netip.AddrPort { return s.addr }
func (s *endpoint) V6() bool                  { return s.addr.Addr().Is6() }
func (s *endpoint) Send(b []byte, to netip.AddrPort) error {
	s.network.mu.Lock()
	defer s.network.mu.Unlock()
	s.network.sent++
	if s.network.rand.Float64() < s.network.loss {
		return nil
	}
	b = bytes.Clone(b)
	late := 10*time.Millisecond + time.Duration(s.network.rand.Int64N(int64(5*time.Millisecond)))
	time.AfterFunc(late, func() {
		s.network.mu.Lock()
		end := s.network.ends[to]
		s.network.mu.Unlock()
		if end != nil {
			end.Receive(b, s.addr)
		}
	})
	return nil
}

func addr(i byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, i, 1}), 6881)
}

// count returns how many connections the socket has.
func (s *Socket) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// withSockets runs f with a socket that dials and one that accepts.
func withSockets(t *testing.T, loss float64, f func(t *testing.T, dialler, acceptor *Socket, s *fakeNetwork)) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeNetwork{rand: rand.New(rand.NewPCG(1, 1)), loss: loss, ends: map[netip.AddrPort]*Socket{}}
		a, b := New(&endpoint{s, addr(1)}, false), New(&endpoint{s, addr(2)}, true)
		s.ends[addr(1)], s.ends[addr(2)] = a, b
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = a.Run(ctx) })
		running.Go(func() { _ = b.Run(ctx) })
		f(t, a, b, s)
		cancel()
		running.Wait()
		time.Sleep(time.Second) // what is still in flight arrives at closed sockets
	})
}

// connect dials and accepts.
func connect(t *testing.T, dialler, acceptor *Socket) (ours, other *Conn) {
	t.Helper()
	var err error
	for range 5 { // a dial may fail where datagrams are lost
		if ours, err = dialler.Dial(t.Context(), addr(2)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if other, err = acceptor.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ours, other
}

func TestConnectionsCarryTheSameBytesBothWays(t *testing.T) {
	for _, loss := range []float64{0, .1} {
		withSockets(t, loss, func(t *testing.T, dialler, acceptor *Socket, _ *fakeNetwork) {
			var pairs sync.WaitGroup
			for i := range 4 {
				ours, other := connect(t, dialler, acceptor)
				send := func(c *Conn, n int) {
					if _, err := c.Write(bytes.Repeat([]byte{byte(i), byte(n)}, n)); err != nil {
						t.Errorf("write: %v", err)
					}
				}
				receive := func(c *Conn, n int) {
					b := make([]byte, 2*n)
					if _, err := io.ReadFull(c, b); err != nil || !bytes.Equal(b, bytes.Repeat([]byte{byte(i), byte(n)}, n)) {
						t.Errorf("connection %d: got other bytes, or error %v", i, err)
					}
				}
				pairs.Go(func() { send(ours, 200_000) })
				pairs.Go(func() { send(other, 300_000) })
				pairs.Go(func() { receive(ours, 300_000) })
				pairs.Go(func() { receive(other, 200_000) })
			}
			pairs.Wait()
		})
	}
}

func TestAClosedConnectionIsReadAsEOF(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *fakeNetwork) {
		ours, other := connect(t, dialler, acceptor)
		if _, err := ours.Write([]byte("all")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(ours.Close(), ours.Close()); err != nil {
			t.Error(err)
		}
		if b, err := io.ReadAll(other); string(b) != "all" || err != nil {
			t.Errorf("ReadAll returned %q, %v", b, err)
		}
		if _, err := ours.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write after Close: %v", err)
		}
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read after Close: %v", err)
		}
		_ = other.Close()
		time.Sleep(3 * time.Second)
		for _, s := range []*Socket{dialler, acceptor} {
			if n := s.count(); n != 0 {
				t.Errorf("%d connections are stored, want 0", n)
			}
		}
	})
}

func TestReadsAndWritesEndAtTheDeadline(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *fakeNetwork) {
		ours, _ := connect(t, dialler, acceptor)
		begin := time.Now()
		_ = ours.SetReadDeadline(begin.Add(700 * time.Millisecond))
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 700*time.Millisecond {
			t.Errorf("the error is %v after %v", err, time.Since(begin))
		}
		_ = ours.SetWriteDeadline(begin.Add(5 * time.Second))
		if n, err := ours.Write(make([]byte, 8<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 8<<20 {
			t.Errorf("%d bytes were written to an end that does not read, %v", n, err)
		}
		time.AfterFunc(time.Second, func() { _ = ours.SetReadDeadline(time.Now()) })
		_ = ours.SetReadDeadline(time.Time{})
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read returned %v", err)
		}
		time.AfterFunc(time.Second, func() { _ = ours.Close() })
		_ = ours.SetReadDeadline(time.Time{})
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read while closed: %v", err)
		}
	})
}

func TestADialWithoutAnAnswerEnds(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, _ *Socket, _ *fakeNetwork) {
		begin := time.Now()
		if _, err := dialler.Dial(t.Context(), addr(9)); !errors.Is(err, wire.ErrSilent) || time.Since(begin) != 7*time.Second {
			t.Errorf("the error is %v after %v", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		begin = time.Now()
		if _, err := dialler.Dial(ctx, addr(9)); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 4*time.Second {
			t.Errorf("the error is %v after %v", err, time.Since(begin))
		}
		if dialler.count() != 0 {
			t.Error("the connection of a failed dial is still stored")
		}
	})
}

// TestAnAbandonedDialEndsTheConnectionAtTheOtherEnd gives up a dial whose answer comes too late or never, so that the
// other end has a connection that this end does not know.
func TestAnAbandonedDialEndsTheConnectionAtTheOtherEnd(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, s *fakeNetwork) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond) // an answer takes at least 20 ms
		defer cancel()
		if _, err := dialler.Dial(ctx, addr(2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the dial returned %v", err)
		}
		s.mu.Lock()
		if s.sent != 2 {
			t.Errorf("%d datagrams were sent, want a SYN and a RESET", s.sent)
		}
		s.mu.Unlock()
		c, err := acceptor.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, wire.ErrReset) || time.Since(begin) > 100*time.Millisecond {
			t.Errorf("the other end read %v after %v", err, time.Since(begin))
		}
		if acceptor.count() != 0 || dialler.count() != 0 {
			t.Errorf("%d and %d connections are left", acceptor.count(), dialler.count())
		}
	})
}

func TestASocketAcceptsConnectionsOnlyOnRequest(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, s *fakeNetwork) {
		before := s.sent
		for id := range uint16(1000) { // a flood, to a socket that only dials
			dialler.Receive((&wire.Header{Type: wire.Syn, ID: id, Seq: 1}).Append(nil), addr(3))
		}
		if dialler.count() != 0 || s.sent != before {
			t.Errorf("%d connections, %d datagrams", dialler.count(), s.sent-before)
		}
		for id := range uint16(1000) { // and to one that accepts, whose connections nobody takes
			acceptor.Receive((&wire.Header{Type: wire.Syn, ID: id, Seq: 1}).Append(nil), addr(3))
		}
		if acceptor.count() != backlog {
			t.Errorf("%d connections were accepted from a flood, want %d", acceptor.count(), backlog)
		}
	})
}

func TestADuplicateSYNMakesOneConnection(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, _, acceptor *Socket, s *fakeNetwork) {
		syn := (&wire.Header{Type: wire.Syn, ID: 65535, Seq: 1}).Append(nil)
		acceptor.Receive(syn, addr(3))
		acceptor.Receive(syn, addr(3))
		if acceptor.count() != 1 || s.sent != 2 {
			t.Errorf("%d connections, %d answers", acceptor.count(), s.sent)
		}
	})
}

func TestPacketsWithoutAConnectionAreNotAnswered(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, s *fakeNetwork) {
		connect(t, dialler, acceptor)
		time.Sleep(time.Second)
		before := s.sent
		for _, kind := range []wire.Type{wire.Stream, wire.Fin, wire.State, wire.Reset} {
			acceptor.Receive((&wire.Header{Type: kind, ID: 4, Seq: 1, Payload: []byte("data of no connection")}).Append(nil), addr(3))
		}
		acceptor.Receive([]byte("x"), addr(3))
		acceptor.Receive(nil, addr(3))
		if s.sent != before {
			t.Errorf("%d datagrams were sent", s.sent-before)
		}
	})
}

func TestAResetWithEitherIDEndsTheConnection(t *testing.T) {
	withSockets(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *fakeNetwork) {
		for _, own := range []bool{true, false} {
			ours, other := connect(t, dialler, acceptor)
			for _, c := range []*Conn{ours, other} {
				id := c.flow.ID()
				if !own {
					id = c.flow.SendID()
				}
				c.socket.Receive((&wire.Header{Type: wire.Reset, ID: id}).Append(nil), addr(7))
				_ = c.SetReadDeadline(time.Now().Add(time.Second))
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("after a reset from another address: %v", err)
				}
				_ = c.SetReadDeadline(time.Time{})
				c.socket.Receive((&wire.Header{Type: wire.Reset, ID: id}).Append(nil), c.Peer())
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, wire.ErrReset) {
					t.Errorf("with its own id %v: %v", own, err)
				}
			}
		}
	})
}

func TestAClosingSocketRepeatsALostFIN(t *testing.T) {
	withSockets(t, .4, func(t *testing.T, _, acceptor *Socket, s *fakeNetwork) {
		socket := New(&endpoint{s, addr(5)}, false)
		s.mu.Lock()
		s.ends[addr(5)] = socket
		s.mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = socket.Run(ctx) })
		_, other := connect(t, socket, acceptor)
		begin := time.Now()
		cancel()
		running.Wait()
		if d := time.Since(begin); d > lingerTime {
			t.Errorf("Run ended %v after its context", d)
		}
		_ = other.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := other.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the other end read %v", err)
		}
	})
}

func TestClosingTheSocketEndsItsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeNetwork{rand: rand.New(rand.NewPCG(1, 1)), ends: map[netip.AddrPort]*Socket{}}
		socket := New(&endpoint{s, addr(1)}, false)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = socket.Run(ctx) })
		time.AfterFunc(time.Second, cancel)
		if _, err := socket.Dial(t.Context(), addr(2)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Dial returned %v", err)
		}
		running.Wait()
		if _, err := socket.Dial(t.Context(), addr(2)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Dial returned %v", err)
		}
	})
}
