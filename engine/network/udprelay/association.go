package udprelay

import (
	"container/list"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"bittoratio/engine/wire/socks"
	"bittoratio/engine/wire/udptracker"
)

// association carries one client's datagrams. Its sockets outlive its control connection while exchanges are in flight,
// and while the desk continues some without the client.
type association struct {
	r       *Relay
	senders senders
	own     []netip.AddrPort

	remote bool // the client is another computer

	in         *net.UDPConn // the client's side
	out4, out6 *net.UDPConn // the side of trackers and peers; one may be nil

	serving context.Context // the program serves clients
	ctx     context.Context // of exchanges that a client waits for; ends with serving, or drainTime after the client has gone
	cut     context.CancelFunc
	ended   chan struct{}  // closed when the control connection has ended
	listens sync.WaitGroup // goroutines that read from the client
	readers sync.WaitGroup // goroutines that read from trackers and peers
	work    sync.WaitGroup // exchanges and look-ups

	targets targets

	mu     sync.Mutex
	over   bool               // guarded by mu; no new work may begin
	names  map[string]*name   // guarded by mu
	asked  map[asked]*request // guarded by mu; requests that may still be answered
	lookup int                // guarded by mu; how many names are being resolved

	waiting int // guarded by mu; see maxWaiting

	resting int           // guarded by mu; how many requests continue without the client
	rested  chan struct{} // guarded by mu; closed when resting is 0; nil while clients may begin more
}

// asked is the key by which an answer is recognised.
type asked struct {
	of          netip.AddrPort
	transaction udptracker.Transaction
}

// at returns the address to which the client sends.
func (a *association) at() netip.AddrPort { return a.own[0] }

func (a *association) start() {
	a.listens.Go(a.fromClient)
	for _, out := range []*net.UDPConn{a.out4, a.out6} {
		if out != nil {
			a.readers.Go(func() { a.fromWorld(out) })
		}
	}
}

// drain reads the client's last datagrams (a client that quits sends `stopped` and is gone), and lets exchanges in
// flight end, for 5 s at most.
func (a *association) drain() {
	close(a.ended)
	_ = a.in.SetReadDeadline(time.Now().Add(lastTime))
	a.listens.Wait()
	a.mu.Lock()
	a.over = true
	a.mu.Unlock()
	late := time.AfterFunc(drainTime, a.cut)
	defer late.Stop()
	a.work.Wait()
	_ = a.in.Close()
	a.r.clientGone(a)
}

// outlast returns a channel that is closed when the last request that continues without the client has ended; nil if
// there is none. It is called after drain.
func (a *association) outlast() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.resting == 0 {
		return nil
	}
	a.rested = make(chan struct{})
	return a.rested
}

func (a *association) close() {
	a.cut()
	a.closeSockets()
	a.listens.Wait()
	a.readers.Wait()
	a.work.Wait()
	a.r.forget(a)
}

func (a *association) closeSockets() {
	for _, c := range []*net.UDPConn{a.in, a.out4, a.out6} {
		if c != nil {
			_ = c.Close()
		}
	}
}

// begin runs work that drain waits for; it returns false if the association is over.
func (a *association) begin(work func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return false
	}
	a.work.Go(func() {
		defer a.r.Recovered()
		work()
	})
	return true
}

// fromClient reads the client's datagrams.
func (a *association) fromClient() {
	b := make([]byte, 1<<16)
	for {
		n, from, err := a.in.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil { // some systems report here that an earlier datagram did not arrive
			continue
		}
		from = unmap(from)
		if to, payload, ok := socks.ParseDatagram(b[:n]); ok && a.senders.accept(from, time.Now()) {
			a.guarded(func() { a.route(from, to, payload) })
		}
	}
}

// guarded runs do, and keeps a panic from ending more than the datagram that caused it.
func (a *association) guarded(do func()) {
	defer a.r.Recovered()
	do()
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// fromWorld reads datagrams for the client, from hosts to which it has sent something.
func (a *association) fromWorld(out *net.UDPConn) {
	b := make([]byte, 1<<16)
	for {
		n, from, err := out.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		from = unmap(from)
		if client, ok := a.targets.sender(from); ok && err == nil {
			a.guarded(func() { a.receive(client, from, b[:n]) })
		}
	}
}

// say sends the client's socket a datagram, with the address that it came from.
func (a *association) say(client, from netip.AddrPort, b []byte) {
	a.senders.answered(client, time.Now())
	if !from.IsValid() { // of a name that did not resolve: the client recognises the answer by its transaction
		from = netip.AddrPortFrom(netip.IPv4Unspecified(), from.Port())
	}
	head := make([]byte, 0, 22+len(b))
	_, _ = a.in.WriteToUDPAddrPort(append(socks.AppendDatagram(head, from), b...), client) // an error is a lost datagram
}

// forward sends a datagram of the client's socket to its destination.
func (a *association) forward(client, to netip.AddrPort, b []byte) {
	out := a.out6
	if to.Addr().Is4() {
		out = a.out4
	}
	if out == nil || !a.reachable(to) {
		return
	}
	a.targets.use(to, client)
	_, _ = out.WriteToUDPAddrPort(b, to)
}

// targets are the hosts to which a client sent datagrams lately, each with the client's socket that was the last to do
// so. It is safe for concurrent use.
type targets struct {
	mu  sync.Mutex
	m   map[netip.AddrPort]*list.Element // guarded by mu
	old *list.List                       // guarded by mu; of *target, longest unused first
}

type target struct{ at, sender netip.AddrPort }

func (t *targets) use(at, sender netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		t.m, t.old = map[netip.AddrPort]*list.Element{}, list.New()
	}
	if e, ok := t.m[at]; ok {
		t.old.MoveToBack(e)
		e.Value.(*target).sender = sender
		return
	}
	t.m[at] = t.old.PushBack(&target{at, sender})
	if len(t.m) > maxTargets {
		delete(t.m, t.old.Remove(t.old.Front()).(*target).at)
	}
}

func (t *targets) sender(at netip.AddrPort) (client netip.AddrPort, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.m[at]
	if !ok {
		return client, false
	}
	return e.Value.(*target).sender, true
}
