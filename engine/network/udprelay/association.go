package udprelay

import (
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

// association is one client's datagrams. Its sockets outlive its control connection by the exchanges that are on their
// way then, and by those that the desk continues without the client.
type association struct {
	sockets
	names names

	serving context.Context // the program serves clients
	ctx     context.Context // of what a client waits for; ends with serving, or drainTime after the client has gone
	cut     context.CancelFunc
	ended   chan struct{}  // closed when the control connection has ended
	listens sync.WaitGroup // to the client
	readers sync.WaitGroup // of the world
	work    sync.WaitGroup // exchanges and look-ups

	mu      sync.Mutex
	over    bool               // guarded by mu; no new work is begun
	asked   map[asked]*request // guarded by mu; what may still be answered
	resting int                // guarded by mu; requests that continue without the client
	rested  chan struct{}      // guarded by mu; closed when resting is 0; nil while clients may begin more
}

// asked is by what an answer is known.
type asked struct {
	of          netip.AddrPort
	transaction udptracker.Transaction
}

func (a *association) start() {
	a.listens.Go(a.fromClient)
	for _, out := range []*net.UDPConn{a.out4, a.out6} {
		if out != nil {
			a.readers.Go(func() { a.fromWorld(out) })
		}
	}
}

// drain takes what the client sent last (a client that ends says `stopped` and goes), and lets what is on its way end,
// for 5 s at most.
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
	_ = a.in.Close() // another program may have the client's port soon
}

// outlast returns a channel that is closed when the last request that continues without the client has ended; nil if there
// is none. It is called after drain.
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
	a.closeAll()
	a.listens.Wait()
	a.readers.Wait()
	a.work.Wait()
	a.r.forget(a)
}

// begin runs work that drain waits for; false if the association is over.
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

// fromClient reads what the client sends.
func (a *association) fromClient() {
	b := make([]byte, 1<<16)
	for {
		n, from, err := a.in.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil || !a.isClient(from) { // some systems say here that an earlier datagram found nobody
			continue
		}
		if to, payload, ok := socks.ParseDatagram(b[:n]); ok {
			a.guarded(func() { a.route(to, payload) })
		}
	}
}

// guarded keeps a fault of this program from ending more than the datagram that showed it.
func (a *association) guarded(do func()) {
	defer a.r.Recovered()
	do()
}

// fromWorld reads what comes for the client, from those that it has written to.
func (a *association) fromWorld(out *net.UDPConn) {
	b := make([]byte, 1<<16)
	for {
		n, from, err := out.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if from = unmap(from); err == nil && a.targets.has(from) {
			a.guarded(func() { a.hear(from, b[:n]) })
		}
	}
}
