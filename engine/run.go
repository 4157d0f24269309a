package engine

import (
	"context"
	"errors"
	"net"
	"sync"

	"bittoratio/engine/network/listen"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/settings"
)

// run has what exists between Start and Stop.
type run struct {
	server *server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Start opens the port and serves clients. A second Start does nothing. The error is a *[listen.Error], a
// *[settings.Error], or a *[settings.SyntaxError] while settings.json cannot be read.
func (e *Engine) Start() error {
	e.switching.Lock()
	defer e.switching.Unlock()
	e.mu.Lock()
	on := e.run != nil
	e.mu.Unlock()
	if on {
		return nil
	}
	if err := e.readFaultyAgain(); err != nil {
		return err
	}
	return e.start(e.settings.InForce())
}

func (e *Engine) start(s settings.Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	listeners, err := listen.Open(s.Listen)
	if err != nil {
		return err
	}
	var own []net.Addr
	if e.second != nil {
		own = append(own, e.second.Addr())
	}
	for _, l := range listeners {
		own = append(own, l.Addr())
	}
	r := &run{server: e.newServer(&s, own)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	addr := listeners[0].Addr().String()
	e.sender.Dialer.Ours = upstream.Ours(own...)
	r.done.Go(func() { r.server.run(ctx, listeners...) })
	r.done.Go(func() { e.deliverer.Run(ctx) })
	e.mu.Lock()
	e.run, e.state, e.addr = r, On, addr
	e.mu.Unlock()
	e.log.Info("listening", "addr", addr)
	e.publish.Mark()
	return nil
}

// Stop closes the port and delivers pending announces, in order and in limited time: exchanges in flight get 5 s,
// pending announces 10 s, or until ctx ends; the rest stays on disk. Start may be called again.
func (e *Engine) Stop(ctx context.Context) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	return e.stop(ctx)
}

func (e *Engine) stop(ctx context.Context) error {
	e.mu.Lock()
	r := e.run
	if r == nil {
		e.mu.Unlock()
		return nil
	}
	e.state = Stopping
	e.mu.Unlock()
	e.publish.Mark()
	r.stop()
	r.done.Wait()
	e.deliver(ctx)
	var err error
	for _, j := range e.journals {
		err = errors.Join(err, j.Sync())
	}
	if err != nil {
		e.log.Warn("stopped, but the last changes may not be on disk", "cause", err.Error())
	}
	e.off()
	e.SetPassthrough(false)
	return err
}

func (e *Engine) off() {
	e.mu.Lock()
	e.run, e.state, e.addr = nil, Off, ""
	e.mu.Unlock()
	e.delivery.Store(nil)
	e.publish.Mark()
}

// deliver delivers pending announces until ctx ends.
func (e *Engine) deliver(ctx context.Context) {
	if e.spool.Len() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.Patience.Deliver)
	defer cancel()
	e.log.Info("delivering", "kept", e.spool.Len())
	e.delivery.Store(&Delivery{Left: e.spool.Len()})
	e.publish.Mark()
	e.deliverer.Flush(ctx, func(delivered, left int) {
		e.delivery.Store(&Delivery{Delivered: delivered, Left: left})
		e.publish.Mark()
	})
}
