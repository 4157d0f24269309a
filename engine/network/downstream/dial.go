package downstream

import (
	"context"
	"sync"

	"bittoratio/engine/network/upstream"
)

// dial lets a dial end when the client for which it is made has gone.
type dial struct {
	mu     sync.Mutex
	on     bool               // guarded by mu; meanwhile nothing reads the client's connection
	giveUp context.CancelFunc // guarded by mu
}

// Dialling returns the context for a dial on behalf of the client. [Conn.Looking] may end it until Dialled is called.
func (c *Conn) Dialling(parent context.Context) context.Context {
	ctx, giveUp := context.WithCancel(parent)
	c.dial.mu.Lock()
	c.dial.on, c.dial.giveUp = true, giveUp
	c.dial.mu.Unlock()
	c.dialling()
	return ctx
}

// Dialled ends what Dialling began.
func (c *Conn) Dialled() {
	c.dial.mu.Lock()
	defer c.dial.mu.Unlock()
	c.dial.on = false
	c.dial.giveUp()
}

// Looking ends a dial whose client has gone. It reports whether a dial continues. Other goroutines call it, while c has
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
