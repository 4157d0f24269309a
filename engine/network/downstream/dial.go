package downstream

import (
	"context"
	"sync"

	"bittoratio/engine/network/upstream"
)

// dial ends a dial when the client that it is for has left. It reuses one context: a new one for each announce would be
// garbage.
type dial struct {
	mu     sync.Mutex
	on     bool // guarded by mu; the client's connection is not read meanwhile
	ctx    context.Context
	giveUp context.CancelFunc
}

// Dialling returns the context to dial with on behalf of the client. [Conn.Looking] may end it until Dialled is called.
func (c *Conn) Dialling(parent context.Context) context.Context {
	d := &c.dial
	d.mu.Lock()
	if d.ctx == nil || d.ctx.Err() != nil {
		d.ctx, d.giveUp = context.WithCancel(parent)
	}
	d.on = true
	ctx := d.ctx
	d.mu.Unlock()
	c.dialling()
	return ctx
}

// Dialled ends what Dialling began.
func (c *Conn) Dialled() {
	c.dial.mu.Lock()
	defer c.dial.mu.Unlock()
	c.dial.on = false
}

// Looking ends a dial whose client has left. It reports whether a dial continues. Other goroutines call it, while c has
// a connection.
func (c *Conn) Looking() bool {
	d := &c.dial
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on && upstream.Ended(c.tcp) {
		d.on = false
		d.giveUp()
	}
	return d.on
}

// Release must be called when c is used no more.
func (c *Conn) Release() {
	c.dial.mu.Lock()
	defer c.dial.mu.Unlock()
	if c.dial.giveUp != nil {
		c.dial.giveUp()
	}
}
