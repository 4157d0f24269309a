package udprelay

import (
	"slices"
	"sync"
	"time"

	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/udptracker"
)

// ids are the connection ids that trackers gave (BEP 15), by which announces are recognised. All associations share
// them, since clients use an id in any of theirs. It is safe for concurrent use.
type ids struct {
	mu    sync.Mutex
	known map[id]*placeholder // guarded by mu
	order []id                // guarded by mu; oldest first
}

// id is a connection id and the tracker it belongs to, host:port as clients call it.
type id struct {
	tracker    string
	connection udptracker.Connection
}

// placeholder is what is known about an id that is a placeholder: the silent tracker's error, and how long it is valid.
// It is nil for a tracker's own id.
type placeholder struct {
	problem *upstream.Error
	until   time.Time // clients use an id for a minute
}

const placeholderTime = 2 * time.Minute

func (c *ids) add(k id, why *placeholder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[id]*placeholder{}
	}
	if _, known := c.known[k]; !known {
		c.order = append(c.order, k)
	}
	c.known[k] = why
	if len(c.order) > maxConnections {
		delete(c.known, c.order[0])
		c.order = c.order[1:]
	}
}

func (c *ids) find(k id) (why *placeholder, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	why, ok = c.known[k]
	return why, ok
}

// has reports whether an id belongs to any tracker. It is called only for datagrams that have the form of a request under
// an id that is not their tracker's.
func (c *ids) has(connection udptracker.Connection) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.order, func(k id) bool { return k.connection == connection })
}
