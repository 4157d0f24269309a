package engine

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// Memory that was needed for the start or a burst of announces is returned to the system when the program is idle.
const (
	restAfter = 5 * time.Second
	restWorth = 1 << 20 // bytes allocated since the last time; for fewer there is little to return
)

// wakeMemory records that there was work. It never waits.
func (e *Engine) wakeMemory() {
	select {
	case e.busy <- struct{}{}:
	default: // it is noted
	}
}

// runMemory returns memory until ctx ends. It is for runs without a window: a window's heap is large and soon needed
// again. The load program's table "at rest" shows the gain.
func (e *Engine) runMemory(ctx context.Context) {
	whenAtRest(ctx, e.busy, func() {
		debug.FreeOSMemory()
		unmapProgram()
	})
}

// whenAtRest calls give when the program has been idle for a while and there is memory to return. While there is
// nothing to do it uses no timer.
func whenAtRest(ctx context.Context, busy <-chan struct{}, give func()) {
	var m runtime.MemStats
	var given uint64 // m.TotalAlloc at that time
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
