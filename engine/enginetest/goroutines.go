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

// Parallel lets a test that mostly waits run beside others of its kind, and does for it what CheckGoroutines does for one
// that runs alone: the test's goroutines bear its name, since each has the labels of the one that started it. (Those of
// [time.AfterFunc] do not, and are not counted.) It comes first in the test.
func Parallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	name := fmt.Sprintf("%s at %p", t.Name(), t)
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("test", name)))
	t.Cleanup(func() {
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			n, stacks := labelled(name)
			if n <= 1 { // this one
				return
			}
			if time.Now().After(end) {
				t.Errorf("%d goroutines are left:\n%s", n-1, stacks)
				return
			}
		}
	})
}

// labelled returns how many goroutines bear a test's name, and what they do.
func labelled(name string) (n int, stacks string) {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1) // as text; a buffer refuses nothing
	for record := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(record, strconv.Quote(name)) {
			continue
		}
		stacks += record + "\n\n"
		for line := range strings.Lines(record) { // "3 @ 0x47d96e …" is three at one place
			if count, _, ok := strings.Cut(line, " @ "); ok {
				many, _ := strconv.Atoi(count)
				n += many
			}
		}
	}
	return n, stacks
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
