package engine

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// Memory that a start or a burst of announces needed is given back to the system once the program is idle.
const (
	restAfter = 5 * time.Second
	restWorth = 1 << 20 // bytes that were allocated since the last time; after less there is little to give back
)

// wakeMemory records that there was work; it never waits.
func (e *Engine) wakeMemory() {
	select {
	case e.busy <- struct{}{}:
	default: // it is noted
	}
}

// runMemory gives memory back until ctx ends. It is for the program without a window: a window's heap is large and soon
// needed again. The load program's table "at rest" shows the gain.
func (e *Engine) runMemory(ctx context.Context) {
	whenAtRest(ctx, e.busy, func() {
		debug.FreeOSMemory()
		unmapProgram()
	})
}

// whenAtRest calls give when the program has been idle for a while and there is memory to give back. With nothing to do
// it sleeps without a timer.
func whenAtRest(ctx context.Context, busy <-chan struct{}, give func()) {
	var m runtime.MemStats
	var given uint64 // m.TotalAlloc at the last time
	for {
		select {
		case <-ctx.Done():
			return
		case <-busy:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restAfter):
		}
		if len(busy) > 0 {
			continue
		}
		if runtime.ReadMemStats(&m); m.TotalAlloc-given >= restWorth {
			give()
			runtime.ReadMemStats(&m)
			given = m.TotalAlloc
		}
	}
}
