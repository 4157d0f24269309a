package linelog_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/linelog"
)

// pieces records each write it gets.
type pieces struct {
	mu sync.Mutex
	b  []string // guarded by mu
}

func (p *pieces) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.b = append(p.b, string(b))
	return len(b), nil
}

func (p *pieces) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.b...)
}

func write(t *testing.T, w *linelog.Writer, line string) {
	t.Helper()
	if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
}

func TestLoneLinesAreWrittenAtOnceAndBurstsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got pieces
		w := linelog.NewWriter(&got)
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if have := got.all(); fmt.Sprintf("%q", have) != fmt.Sprintf("%q", want) {
				t.Fatalf("written %q, want %q", have, want)
			}
		}
		write(t, w, "a\n")
		expect("a\n")
		write(t, w, "b\n")
		write(t, w, "c\n")
		expect("a\n")
		time.Sleep(100 * time.Millisecond)
		expect("a\n", "b\nc\n")
		write(t, w, "d\n") // less than 100 ms after the last write
		expect("a\n", "b\nc\n")
		time.Sleep(100 * time.Millisecond)
		expect("a\n", "b\nc\n", "d\n")
		time.Sleep(time.Second)
		write(t, w, "e\n")
		expect("a\n", "b\nc\n", "d\n", "e\n")
		write(t, w, "f\n")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		expect("a\n", "b\nc\n", "d\n", "e\n", "f\n")
		write(t, w, "g\n")
		expect("a\n", "b\nc\n", "d\n", "e\n", "f\n", "g\n")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNoLineIsLostOrTornByConcurrentWrites(t *testing.T) {
	var got pieces
	w := linelog.NewWriter(&got)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 500 {
				write(t, w, fmt.Sprintf("%d %d %s\n", i, k, strings.Repeat("x", 100)))
			}
		})
	}
	wg.Wait()
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	next := [8]int{}
	for line := range strings.Lines(strings.Join(got.all(), "")) {
		var i, k int
		var x string
		if n, err := fmt.Sscanf(line, "%d %d %s\n", &i, &k, &x); n != 3 || err != nil || len(x) != 100 || k != next[i] {
			t.Fatalf("line %q, want number %d", line, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != 500 {
			t.Errorf("%d lines of writer %d", n, i)
		}
	}
	if len(got.all()) > 100 {
		t.Errorf("%d writes for 4000 lines", len(got.all()))
	}
}
