package engine_test

import (
	"runtime"
	"testing"

	"bittoratio/engine/enginetest"
)

// TestAnAnnounceStaysWithinItsAllocationsAndDials checks costs that do not depend on the machine: how often a tracker
// is dialled, and how many allocations an exchange makes, including those of the test's client and tracker. The command
// enginetest/load measures rates.
func TestAnAnnounceStaysWithinItsAllocationsAndDials(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, c := range map[string]struct {
		keepAlive   bool
		allocations uint64 // per exchange, at most: a quarter more than when this was written
	}{
		"on one connection":                 {true, 14},
		"on a connection for each announce": {false, 75},
	} {
		t.Run(name, func(t *testing.T) {
			const warm, counted = 100, 400
			x := newExchanges(t, c.keepAlive)
			for range warm {
				x.next()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range counted {
				x.next()
			}
			runtime.ReadMemStats(&after)
			each := (after.Mallocs - before.Mallocs) / counted
			t.Logf("%d allocations an exchange", each)
			if each > c.allocations {
				t.Errorf("%d allocations an exchange, want at most %d", each, c.allocations)
			}
			want := int64(1)
			if !c.keepAlive {
				want = warm + counted
			}
			if n := x.dials.Load(); n != want {
				t.Errorf("the tracker was dialled %d times for %d announces, want %d", n, warm+counted, want)
			}
		})
	}
}
