// Package cost checks in tests that something needs no more than a budget of processor time. Unlike elapsed time, processor
// time hardly depends on what else the machine does. Where a test can count operations instead, that is more reliable still.
package cost

import (
	"testing"
	"time"
)

// AtMost fails the test if a call of do needs more processor time than most, garbage collection included. It measures five
// rounds of this many calls and uses the lowest average, because disturbances only add time. It measures the whole process,
// so nothing else may run in it. With the race detector the budget is ten times as large.
func AtMost(tb testing.TB, what string, most time.Duration, calls int, do func()) {
	tb.Helper()
	least := time.Hour
	for range 5 {
		begin := processor(tb)
		for range calls {
			do()
		}
		least = min(least, (processor(tb)-begin)/time.Duration(calls))
	}
	tb.Logf("%s needs %v of processor time", what, least)
	if least > most*slower {
		tb.Errorf("%s needs %v of processor time, more than %v", what, least, most*slower)
	}
}
