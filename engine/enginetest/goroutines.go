package enginetest

import (
	"runtime"
	"testing"
	"time"
)

// patience bounds every wait in this package: far more than a busy machine needs.
const patience = 20 * time.Second

// CheckGoroutines fails the test if it ends with more goroutines than it has now. It comes first in a test, so that it
// looks after everything else was cleaned up.
func CheckGoroutines(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		// A goroutine that has done all its work may still have to be taken off the list.
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Errorf("%d goroutines, and %d at the beginning:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// Eventually waits for what no signal tells of, such as a file that is written in its own time.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}
