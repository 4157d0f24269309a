// Package cost holds, for tests, what something costs in processor time: unlike the clock it hardly depends on what else
// the machine does. Counts hold more firmly still; this is for budgets that are a time.
package cost

import (
	"testing"
	"time"
)

// AtMost fails the test where one call of do costs more, collecting its memory included. What counts is the least
// average of five rounds of so many calls, since what disturbs only adds. The whole process is measured, so nothing else
// may run in it. With the race detector, which makes all slower, ten times as much is allowed.
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
	tb.Logf("%s costs %v", what, least)
	if least > most*slower {
		tb.Errorf("%s costs %v, and %v at most", what, least, most*slower)
	}
}
