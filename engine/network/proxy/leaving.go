package proxy

import (
	"context"
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
)

// dial is what lets reaching a tracker be given up when the client it is for has left. One context serves dial after
// dial: a new one for each would be garbage with every announce.
type dial struct {
	mu     sync.Mutex
	on     bool // guarded by mu; the client's connection is not read meanwhile
	ctx    context.Context
	giveUp context.CancelFunc
}

// begin gives the context to dial with. [Server.lookOut] may end it until end is called.
func (d *dial) begin(parent context.Context) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil || d.ctx.Err() != nil {
		d.ctx, d.giveUp = context.WithCancel(parent)
	}
	d.on = true
	return d.ctx
}

func (d *dial) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on = false
}

// look gives up a dial whose client has left; true if one goes on.
func (c *conn) look() bool {
	d := &c.dial
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on && upstream.Ended(c.tcp) {
		d.on = false
		d.giveUp()
	}
	return d.on
}

// release is called when the conn is used no more.
func (d *dial) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.giveUp != nil {
		d.giveUp()
	}
}

// lookOut looks every second whether the clients are there for whom trackers are being reached, until ctx ends. One
// look for all costs an announce next to nothing, and where nothing is dialled it sleeps.
func (s *Server) lookOut(ctx context.Context) {
	for {
		select {
		case <-s.dials:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(lookPause):
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		for c := range s.open {
			if c.look() {
				s.dialling()
			}
		}
		s.mu.Unlock()
	}
}

// dialling tells lookOut that there is something to look at.
func (s *Server) dialling() {
	select {
	case s.dials <- struct{}{}:
	default: // it will look anyway
	}
}
