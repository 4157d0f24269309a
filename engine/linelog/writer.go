package linelog

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// gatherTime is how long a log line may be delayed. A burst of announces then shares a few writes, and a script
	// that reads the log hardly notices.
	gatherTime = 100 * time.Millisecond

	gatherSize = 32 << 10 // bytes after which lines are written at once
	maxQueue   = 1 << 20  // bytes that may wait for a stuck reader; more lines are dropped
	closeTime  = time.Second
)

// Writer writes lines on its own goroutine, so that a stuck or closed reader never delays the program. After a silence
// it writes a line at once; within 100 ms of the last write it gathers lines. If more than 1 MiB waits for the reader,
// further lines are dropped and counted; a line reports how many when there is room again. It is safe for concurrent
// use. While there is nothing to write, no timer runs.
type Writer struct {
	out  io.Writer
	json bool // form of the line about dropped lines

	wake chan struct{} // one slot: there are lines to write
	full chan struct{} // one slot: there are so many lines that they are written at once
	end  chan struct{} // closed by Close
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	lines   []byte // guarded by mu; to be written
	dropped int    // guarded by mu; how many lines
	closed  bool   // guarded by mu
}

// NewWriter returns a writer to out; json is true if lines are in JSON. The caller must call Close at the end.
func NewWriter(out io.Writer, json bool) *Writer {
	w := &Writer{
		out: out, json: json, wake: make(chan struct{}, 1), full: make(chan struct{}, 1),
		end: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// Write adds whole lines, and never waits for the reader. They may still be dropped after it returns.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.lines)+len(lines) > maxQueue {
		w.dropped += bytes.Count(lines, []byte("\n"))
		return len(lines), nil
	}
	w.lines = append(w.lines, lines...)
	signal(w.wake)
	if len(w.lines) >= gatherSize {
		signal(w.full)
	}
	return len(lines), nil
}

// signal fills the one slot of a channel, if it is empty.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run is the writer's goroutine.
func (w *Writer) run() {
	defer close(w.done)
	timer := time.NewTimer(gatherTime)
	timer.Stop()
	defer timer.Stop()
	var buffer []byte
	for {
		select {
		case <-w.wake:
		case <-w.end:
			w.writeOut(buffer)
			return
		}
		buffer = w.writeOut(buffer)
		timer.Reset(gatherTime)
		select {
		case <-timer.C:
		case <-w.full:
		case <-w.end: // the next round ends it
		}
	}
}

// writeOut writes the waiting lines; buffer is the result of the last call. Lines that cannot be written count as
// dropped.
func (w *Writer) writeOut(buffer []byte) []byte {
	w.mu.Lock()
	lines, dropped := w.lines, w.dropped
	if cap(buffer) > 4*gatherSize {
		buffer = nil // it grew in a burst, or with a stuck reader
	}
	w.lines, w.dropped = buffer[:0], 0
	w.mu.Unlock()
	if dropped > 0 {
		lines = w.appendDropped(lines, dropped)
	}
	if len(lines) == 0 {
		return lines
	}
	if n, err := w.out.Write(lines); err != nil {
		lost := bytes.Count(lines[n:], []byte("\n")) + dropped
		if dropped > 0 {
			lost-- // the line about them is not one of them
		}
		w.mu.Lock()
		w.dropped += lost
		w.mu.Unlock()
	}
	return lines
}

// appendDropped appends the line about dropped lines.
func (w *Writer) appendDropped(b []byte, n int) []byte {
	l, all := line{time.Now(), slog.LevelWarn, "log lines were dropped, since nobody read them"}, attrs{rest: []slog.Attr{slog.Int("lines", n)}}
	if w.json {
		return append(appendJSON(b, l, all), '\n')
	}
	return append(appendText(b, l, all), '\n')
}

// Close writes the waiting lines. It waits at most one second for a stuck reader. A second Close does nothing.
func (w *Writer) Close() {
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.mu.Unlock()
	if !closed {
		close(w.end)
	}
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-w.done:
	case <-timer.C:
	}
}
