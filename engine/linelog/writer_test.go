package linelog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/linelog"
)

// pieces records each write.
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

func TestSingleLinesAreWrittenAtOnceAndBurstsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got pieces
		w := linelog.NewWriter(&got, false)
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
		w.Close()
		expect("a\n", "b\nc\n", "d\n", "e\n", "f\n")
		write(t, w, "g\n") // more than 100 ms after it
		w.Close()
		expect("a\n", "b\nc\n", "d\n", "e\n", "f\n")
	})
}

func TestNoLineIsLostOrTornByConcurrentWrites(t *testing.T) {
	var got pieces
	w := linelog.NewWriter(&got, false)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 500 {
				write(t, w, fmt.Sprintf("%d %d %s\n", i, k, strings.Repeat("x", 100)))
			}
		})
	}
	wg.Wait()
	w.Close()
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
			t.Errorf("%d lines of writer %d were written, want 500", n, i)
		}
	}
	if len(got.all()) > 100 {
		t.Errorf("%d writes for 4000 lines, want at most 100", len(got.all()))
	}
}

// pipe is a reader that reads nothing until it is opened, or that is closed.
type pipe struct {
	pieces
	open chan struct{}
	gone atomic.Bool
}

func (p *pipe) Write(b []byte) (int, error) {
	if p.gone.Load() {
		return 0, syscall.EPIPE
	}
	<-p.open
	return p.pieces.Write(b)
}

// TestAStuckReaderBlocksNothing: the lines that it misses are counted, and the program can end.
func TestAStuckReaderBlocksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{open: make(chan struct{})}
		w := linelog.NewWriter(p, true)
		long := `{"msg":"` + strings.Repeat("x", 1014) + `"}` + "\n" // 1 KiB
		write(t, w, long)
		synctest.Wait() // the first write blocks
		for range 3000 {
			write(t, w, long)
		}
		close(p.open)
		time.Sleep(time.Second)
		synctest.Wait()
		all := strings.Split(strings.TrimSuffix(strings.Join(p.all(), ""), "\n"), "\n")
		var last struct {
			Level, Msg string
			Lines      int
		}
		if err := json.Unmarshal([]byte(all[len(all)-1]), &last); err != nil || last.Level != "WARN" || last.Lines+len(all)-1 != 3001 || len(all) < 1000 {
			t.Errorf("%d lines were written, the last is %s: %v", len(all), all[len(all)-1], err)
		}
		w.Close()
	})
}

func TestAStuckReaderDelaysTheExitByASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{open: make(chan struct{})}
		w := linelog.NewWriter(p, false)
		write(t, w, "a\n")
		begin := time.Now()
		w.Close()
		if d := time.Since(begin); d != time.Second {
			t.Errorf("closing took %v, want %v", d, time.Second)
		}
		close(p.open) // so that the goroutine ends with the test
	})
}

// TestAReaderThatReturnsGetsTheNumberOfMissedLines: when a log daemon restarts, the log reports how many lines it has
// missed.
func TestAReaderThatReturnsGetsTheNumberOfMissedLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{open: make(chan struct{})}
		close(p.open)
		w := linelog.NewWriter(p, false)
		p.gone.Store(true)
		for range 3 {
			write(t, w, "lost\n")
			time.Sleep(time.Second)
		}
		p.gone.Store(false)
		write(t, w, "here\n")
		w.Close()
		got := strings.Join(p.all(), "")
		if !strings.HasPrefix(got, "here\n") || !strings.HasSuffix(got, " lines=3\n") || strings.Count(got, "\n") != 2 {
			t.Errorf("the reader got %q, want a line with the 3 missed ones", got)
		}
	})
}
