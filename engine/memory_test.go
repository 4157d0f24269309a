package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var ballast []byte

// TestMemoryIsReturnedOnceAfterABurst: memory is returned to the system once after a burst, and again only after the
// next burst.
func TestMemoryIsReturnedOnceAfterABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		busy := make(chan struct{}, 1)
		var given atomic.Int32
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			whenAtRest(ctx, busy, func() { given.Add(1) })
		}()
		ballast = make([]byte, 2*restWorth)
		for range 4 { // a burst
			busy <- struct{}{}
			time.Sleep(restAfter / 2)
		}
		if synctest.Wait(); given.Load() != 0 {
			t.Error("memory is given back during a burst")
		}
		time.Sleep(2 * restAfter)
		if synctest.Wait(); given.Load() != 1 {
			t.Errorf("memory was given back %d times after a burst", given.Load())
		}
		busy <- struct{}{} // a single announce
		time.Sleep(time.Hour)
		if synctest.Wait(); given.Load() != 1 {
			t.Error("memory is given back though there is none to give")
		}
		ballast = make([]byte, 2*restWorth)
		busy <- struct{}{}
		time.Sleep(time.Hour)
		if synctest.Wait(); given.Load() != 2 {
			t.Errorf("memory was given back %d times after two bursts", given.Load())
		}
		stop()
		<-ended
	})
	ballast = nil
}
