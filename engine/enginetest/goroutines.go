package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is the time limit of waits in this package, far more than a busy machine needs.
const patience = 20 * time.Second

// CheckGoroutines fails the test if there are more goroutines at its end than now. Call it first in a test, so that it
// checks after all other clean-ups.
func CheckGoroutines(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		// The runtime may still count a goroutine that has done its last step.
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Errorf("there are %d goroutines, and there were %d at the beginning:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// Parallel runs a test in parallel with others, and fails it if one of its goroutines is left at its end. Use it instead of
// CheckGoroutines for tests that mostly wait, and call it first. It recognises the test's goroutines by a profiling label,
// which every goroutine inherits from the one that starts it. Goroutines of [time.AfterFunc] inherit none and are not
// counted.
func Parallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	name := fmt.Sprintf("%s at %p", t.Name(), t)
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("test", name)))
	t.Cleanup(func() {
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			n, stacks := labelled(name)
			if n <= 1 { // only the test itself
				return
			}
			if time.Now().After(end) {
				t.Errorf("%d goroutines are left:\n%s", n-1, stacks)
				return
			}
		}
	})
}

// labelled returns how many goroutines have the label of a test, and their stacks.
func labelled(name string) (n int, stacks string) {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1) // 1: as text. A buffer never fails
	for record := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(record, strconv.Quote(name)) {
			continue
		}
		stacks += record + "\n\n"
		for line := range strings.Lines(record) { // "3 @ 0x47d96e …": three goroutines with the same stack
			if count, _, ok := strings.Cut(line, " @ "); ok {
				many, _ := strconv.Atoi(count)
				n += many
			}
		}
	}
	return n, stacks
}

// Eventually waits until ok returns true, and fails the test after 20 seconds. It is for conditions that no signal
// announces, such as a file that is written later.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
