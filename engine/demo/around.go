package demo

import (
	"context"
	"sync"

	"bittoratio/engine"
)

// Around is the engine of a demonstration in the form for a window: while it is on, the sample clients announce; before
// it is switched off, they send `stopped`. It is safe for concurrent use.
type Around struct {
	*engine.Engine
	d *Demo

	mu    sync.Mutex
	end   context.CancelFunc // guarded by mu; nil while the sample clients do not run
	ended chan error         // guarded by mu; gets the error of the sample clients
}

// Around returns the engine with the sample clients.
func (d *Demo) Around(e *engine.Engine) *Around { return &Around{Engine: e, d: d} }

// Start switches the engine on and starts the sample clients. It may be called again while they run.
func (a *Around) Start() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.Engine.Start(); err != nil || a.end != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	a.end, a.ended = end, ended
	go func() { ended <- a.d.Run(ctx, a.Engine) }()
	return nil
}

// Stop ends the sample clients, which takes at most five seconds, and then the engine. The error is that of either.
func (a *Around) Stop(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var fault error
	if a.end != nil {
		a.end()
		fault = <-a.ended
		a.end = nil
	}
	if err := a.Engine.Stop(ctx); err != nil {
		return err
	}
	return fault
}
