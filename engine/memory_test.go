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
		var returned atomic.Int32
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			whenAtRest(ctx, busy, func() { returned.Add(1) })
		}()
		ballast = make([]byte, 2*restWorth)
		for range 4 { // a burst
			busy <- struct{}{}
			time.Sleep(restAfter / 2)
		}
		if synctest.Wait(); returned.Load() != 0 {
			t.Error("memory was returned during a burst")
		}
		time.Sleep(2 * restAfter)
		if synctest.Wait(); returned.Load() != 1 {
			t.Errorf("memory was returned %d times after a burst, want once", returned.Load())
		}
		busy <- struct{}{} // a single announce
		time.Sleep(time.Hour)
		if synctest.Wait(); returned.Load() != 1 {
			t.Error("memory was returned again without another burst")
		}
		ballast = make([]byte, 2*restWorth)
		busy <- struct{}{}
		time.Sleep(time.Hour)
		if synctest.Wait(); returned.Load() != 2 {
			t.Errorf("memory was returned %d times after two bursts, want twice", returned.Load())
		}
		stop()
		<-ended
	})
	ballast = nil
}
