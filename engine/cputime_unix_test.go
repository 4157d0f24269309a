//go:build unix

package engine

import (
	"syscall"
	"testing"
	"time"
)

// processorTime is what the process has used of the processors, collecting memory included: unlike the clock it says the
// same while other programs run.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// leastOf is the processor time of one call of do: the least average of five rounds, since what disturbs only adds.
func leastOf(tb testing.TB, calls int, do func()) time.Duration {
	tb.Helper()
	least := time.Hour
	for range 5 {
		begin := processorTime(tb)
		for range calls {
			do()
		}
		least = min(least, (processorTime(tb)-begin)/time.Duration(calls))
	}
	return least
}

// TestASnapshotOf10000CostsLessThan5ms, and no more than ten times that where every row changed, as at a new multiplier.
// The bounds leave room for slow machines and for the race detector; what they catch is a snapshot that costs what there
// is instead of what changed.
func TestASnapshotOf10000CostsLessThan5ms(t *testing.T) {
	e := crowded(t, 10_000)
	quiet, changed := watched(t, e, 0), watched(t, e, 50)
	changed()
	for _, c := range []struct {
		what string
		most time.Duration
		next func()
	}{
		{"nothing changed", 2 * time.Millisecond, quiet},
		{"50 rows changed", 5 * time.Millisecond, changed},
		{"all changed", 50 * time.Millisecond, func() {
			e.reporter.SetRules(e.settings.rules())
			quiet()
		}},
	} {
		least := leastOf(t, 20, c.next)
		t.Logf("%s: %v", c.what, least)
		if least > c.most {
			t.Errorf("%s: a snapshot costs %v, and %v at most", c.what, least, c.most)
		}
	}
}
