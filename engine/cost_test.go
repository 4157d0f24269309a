package engine_test

import (
	"math"
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
		allocations uint64 // per exchange, at most, with the race detector too, which makes two of them
	}{
		"on one connection":                 {true, 14},
		"on a connection for each announce": {false, 75},
	} {
		t.Run(name, func(t *testing.T) {
			// The runtime counts those of the whole process, so other goroutines can only add to a round.
			const warm, rounds, counted = 100, 4, 100
			x := newExchanges(t, c.keepAlive)
			for range warm {
				x.next()
			}
			each := uint64(math.MaxUint64)
			for range rounds {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range counted {
					x.next()
				}
				runtime.ReadMemStats(&after)
				each = min(each, (after.Mallocs-before.Mallocs)/counted)
			}
			t.Logf("%d allocations an exchange", each)
			if each > c.allocations {
				t.Errorf("%d allocations an exchange, want at most %d", each, c.allocations)
			}
			want := int64(1)
			if !c.keepAlive {
				want = warm + rounds*counted
			}
			if n := x.dials.Load(); n != want {
				t.Errorf("the tracker was dialled %d times for %d announces, want %d", n, warm+rounds*counted, want)
			}
		})
	}
}
