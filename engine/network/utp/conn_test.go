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

// sky carries datagrams between sockets, with loss, in a bubble of testing/synctest.
type sky struct {
	mu   sync.Mutex
	rand *rand.Rand
	loss float64
	ends map[netip.AddrPort]*Socket
	sent int
}

// station is one socket's [Datagrams].
type station struct {
	sky  *sky
	addr netip.AddrPort
}

func (s *station) LocalAddr() netip.AddrPort { return s.addr }
func (s *station) V6() bool                  { return s.addr.Addr().Is6() }
func (s *station) Send(b []byte, to netip.AddrPort) error {
	s.sky.mu.Lock()
	defer s.sky.mu.Unlock()
	s.sky.sent++
	if s.sky.rand.Float64() < s.sky.loss {
		return nil
	}
	b = bytes.Clone(b)
	late := 10*time.Millisecond + time.Duration(s.sky.rand.Int64N(int64(5*time.Millisecond)))
	time.AfterFunc(late, func() {
		s.sky.mu.Lock()
		end := s.sky.ends[to]
		s.sky.mu.Unlock()
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

// bubble runs f with a socket that dials and one that accepts.
func bubble(t *testing.T, loss float64, f func(t *testing.T, dialler, acceptor *Socket, s *sky)) {
	synctest.Test(t, func(t *testing.T) {
		s := &sky{rand: rand.New(rand.NewPCG(1, 1)), loss: loss, ends: map[netip.AddrPort]*Socket{}}
		a, b := New(&station{s, addr(1)}, false), New(&station{s, addr(2)}, true)
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
func connect(t *testing.T, dialler, acceptor *Socket) (ours, theirs *Conn) {
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
	if theirs, err = acceptor.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func TestConnectionsCarryTheSameBytesBothWays(t *testing.T) {
	for _, loss := range []float64{0, .1} {
		bubble(t, loss, func(t *testing.T, dialler, acceptor *Socket, _ *sky) {
			var pairs sync.WaitGroup
			for i := range 4 {
				ours, theirs := connect(t, dialler, acceptor)
				send := func(c *Conn, n int) {
					if _, err := c.Write(bytes.Repeat([]byte{byte(i), byte(n)}, n)); err != nil {
						t.Errorf("write: %v", err)
					}
				}
				receive := func(c *Conn, n int) {
					b := make([]byte, 2*n)
					if _, err := io.ReadFull(c, b); err != nil || !bytes.Equal(b, bytes.Repeat([]byte{byte(i), byte(n)}, n)) {
						t.Errorf("connection %d: other bytes arrived, or %v", i, err)
					}
				}
				pairs.Go(func() { send(ours, 200_000) })
				pairs.Go(func() { send(theirs, 300_000) })
				pairs.Go(func() { receive(ours, 300_000) })
				pairs.Go(func() { receive(theirs, 200_000) })
			}
			pairs.Wait()
		})
	}
}

func TestAClosedConnectionIsReadAsEOF(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *sky) {
		ours, theirs := connect(t, dialler, acceptor)
		if _, err := ours.Write([]byte("all")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(ours.Close(), ours.Close()); err != nil {
			t.Error(err)
		}
		if b, err := io.ReadAll(theirs); string(b) != "all" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := ours.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write after Close: %v", err)
		}
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read after Close: %v", err)
		}
		_ = theirs.Close()
		time.Sleep(3 * time.Second)
		for _, s := range []*Socket{dialler, acceptor} {
			if n := s.count(); n != 0 {
				t.Errorf("%d connections are kept", n)
			}
		}
	})
}

func TestReadsAndWritesEndAtTheDeadline(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *sky) {
		ours, _ := connect(t, dialler, acceptor)
		begin := time.Now()
		_ = ours.SetReadDeadline(begin.Add(700 * time.Millisecond))
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 700*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		_ = ours.SetWriteDeadline(begin.Add(5 * time.Second))
		if n, err := ours.Write(make([]byte, 8<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 8<<20 {
			t.Errorf("%d bytes went to one who does not read, %v", n, err)
		}
		time.AfterFunc(time.Second, func() { _ = ours.SetReadDeadline(time.Now()) })
		_ = ours.SetReadDeadline(time.Time{})
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
		time.AfterFunc(time.Second, func() { _ = ours.Close() })
		_ = ours.SetReadDeadline(time.Time{})
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read while closed: %v", err)
		}
	})
}

func TestADialWithoutAnAnswerEnds(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, _ *Socket, _ *sky) {
		begin := time.Now()
		if _, err := dialler.Dial(t.Context(), addr(9)); !errors.Is(err, wire.ErrSilent) || time.Since(begin) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		begin = time.Now()
		if _, err := dialler.Dial(ctx, addr(9)); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if dialler.count() != 0 {
			t.Error("a dial that failed is kept")
		}
	})
}

func TestASocketAcceptsConnectionsOnlyOnRequest(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, acceptor *Socket, s *sky) {
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
			t.Errorf("%d connections of a flood", acceptor.count())
		}
	})
}

func TestADuplicateSYNMakesOneConnection(t *testing.T) {
	bubble(t, 0, func(t *testing.T, _, acceptor *Socket, s *sky) {
		syn := (&wire.Header{Type: wire.Syn, ID: 65535, Seq: 1}).Append(nil)
		acceptor.Receive(syn, addr(3))
		acceptor.Receive(syn, addr(3))
		if acceptor.count() != 1 || s.sent != 2 {
			t.Errorf("%d connections, %d answers", acceptor.count(), s.sent)
		}
	})
}

func TestPacketsWithoutAConnectionAreNotAnswered(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, acceptor *Socket, s *sky) {
		connect(t, dialler, acceptor)
		time.Sleep(time.Second)
		before := s.sent
		for _, kind := range []wire.Type{wire.Stream, wire.Fin, wire.State, wire.Reset} {
			acceptor.Receive((&wire.Header{Type: kind, ID: 4, Seq: 1, Payload: []byte("data of no connection")}).Append(nil), addr(3))
		}
		acceptor.Receive([]byte("x"), addr(3))
		acceptor.Receive(nil, addr(3))
		if s.sent != before {
			t.Errorf("%d datagrams", s.sent-before)
		}
	})
}

func TestAResetWithEitherIDEndsTheConnection(t *testing.T) {
	bubble(t, 0, func(t *testing.T, dialler, acceptor *Socket, _ *sky) {
		for _, own := range []bool{true, false} {
			ours, theirs := connect(t, dialler, acceptor)
			for _, c := range []*Conn{ours, theirs} {
				id := c.flow.ID()
				if !own {
					id = c.flow.SendID()
				}
				c.socket.Receive((&wire.Header{Type: wire.Reset, ID: id}).Append(nil), addr(7))
				_ = c.SetReadDeadline(time.Now().Add(time.Second))
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("a reset by a stranger: %v", err)
				}
				_ = c.SetReadDeadline(time.Time{})
				c.socket.Receive((&wire.Header{Type: wire.Reset, ID: id}).Append(nil), c.Peer())
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, wire.ErrReset) {
					t.Errorf("own id %v: %v", own, err)
				}
			}
		}
	})
}

func TestAClosingSocketRepeatsALostFIN(t *testing.T) {
	bubble(t, .4, func(t *testing.T, _, acceptor *Socket, s *sky) {
		socket := New(&station{s, addr(5)}, false)
		s.mu.Lock()
		s.ends[addr(5)] = socket
		s.mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = socket.Run(ctx) })
		_, theirs := connect(t, socket, acceptor)
		begin := time.Now()
		cancel()
		running.Wait()
		if d := time.Since(begin); d > lingerTime {
			t.Errorf("it took %v", d)
		}
		_ = theirs.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the other end reads %v", err)
		}
	})
}

func TestClosingTheSocketEndsItsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sky{rand: rand.New(rand.NewPCG(1, 1)), ends: map[netip.AddrPort]*Socket{}}
		socket := New(&station{s, addr(1)}, false)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = socket.Run(ctx) })
		time.AfterFunc(time.Second, cancel)
		if _, err := socket.Dial(t.Context(), addr(2)); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		running.Wait()
		if _, err := socket.Dial(t.Context(), addr(2)); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}
