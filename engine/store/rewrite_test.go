package store_test

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/store"
)

func seq(records ...string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, r := range records {
			if !yield([]byte(r)) {
				return
			}
		}
	}
}

func TestARewriteKeepsYieldedRecordsThenAppendedOnes(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	if err := j.Rewrite(seq("from nothing")); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "a", "b", "c")
	before, _ := j.Size()
	err := j.Rewrite(func(yield func([]byte) bool) {
		appendAll(t, j, "meanwhile")
		yield([]byte("abc"))
		appendAll(t, j, "and then")
	})
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "after")
	want := []string{"abc", "meanwhile", "and then", "after"}
	if size, n := j.Size(); n != len(want) || size == before {
		t.Errorf("Size returned %d bytes, %d records", size, n)
	}
	closeJournal(t, j)
	j, r, got := openJournal(t, d)
	mustEqual(t, "replay", got, want)
	if r.Lost > 0 || r.Torn {
		t.Errorf("unexpected result: %+v", r)
	}
	closeJournal(t, j)
}

func TestTheFirstRecordAppendedDuringARewriteIsKept(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	if err := j.Rewrite(func(func([]byte) bool) { appendAll(t, j, "first") }); err != nil {
		t.Fatal(err)
	}
	mustAppendAndReplay(t, d, j, []string{"first"})
}

func TestAFailedRewriteLeavesTheJournalUnchanged(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	appendAll(t, j, "a")
	if err := j.Rewrite(seq("good", "not\ngood")); !errors.Is(err, store.ErrBadRecord) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = j.Rewrite(func(func([]byte) bool) { panic("the caller's fault") })
	}()
	mustAppendAndReplay(t, d, j, []string{"a"})
}

func TestARewriteDuringAppendsLosesNothing(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	const writers, each = 4, 2000
	var mu sync.Mutex
	var state []string
	var appending sync.WaitGroup
	for w := range writers {
		appending.Go(func() {
			for i := range each {
				r := fmt.Sprintf("%d.%d", w, i)
				mu.Lock()
				state = append(state, r)
				mu.Unlock()
				if err := j.Append([]byte(r)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			// The state is read after Rewrite has begun, as its callers do, so it has what was appended before.
			if err := j.Rewrite(func(yield func([]byte) bool) {
				mu.Lock()
				now := slices.Clone(state)
				mu.Unlock()
				seq(now...)(yield)
			}); err != nil {
				t.Error(err)
			}
		}
	}()
	appending.Wait()
	close(stop)
	if n := <-stopped; n == 0 {
		t.Fatal("there was no rewrite during the appends")
	}
	_, n := j.Size()
	closeJournal(t, j)
	j, r, got := openJournal(t, d)
	if r.Lost > 0 || r.Torn || r.Records != n {
		t.Errorf("the recovery is %+v, but Size returned %d", r, n)
	}
	slices.Sort(got)
	got = slices.Compact(got)
	slices.Sort(state)
	if !slices.Equal(got, state) {
		t.Errorf("%d different records of %d are left", len(got), len(state))
	}
	closeJournal(t, j)
}

func TestCloseEndsTheGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	d := openFolder(t, t.TempDir())
	for range 10 {
		j, _, _ := openJournal(t, d)
		appendAll(t, j, "a")
		closeJournal(t, j)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines at the start, %d now", before, runtime.NumGoroutine())
		}
	}
}
