package linelog

import (
	"io"
	"sync"
	"time"
)

// gatherTime is how late a log line may be written. A burst of announces then shares a few writes, and a script that
// reads along hardly notices.
const gatherTime = 100 * time.Millisecond

// gatherSize is how many bytes are written at the latest.
const gatherSize = 32 << 10

// Writer writes at once what comes after a silence, and gathers what comes within 100 ms of the last write. It is
// safe for concurrent use. With nothing to write no timer runs.
type Writer struct {
	out io.Writer

	mu    sync.Mutex
	lines []byte      // guarded by mu; what waits
	timer *time.Timer // guarded by mu; runs from one write until 100 ms of silence; nil otherwise
}

// NewWriter writes to out. Whoever made it calls Flush at the end.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Write takes whole lines. What the system says of lines that waited is not known yet when it returns.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		w.timer = time.AfterFunc(gatherTime, w.tick)
		return w.out.Write(lines)
	}
	if w.lines = append(w.lines, lines...); len(w.lines) >= gatherSize {
		return len(lines), w.flush()
	}
	return len(lines), nil
}

func (w *Writer) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.timer == nil: // Flush came first
	case len(w.lines) == 0:
		w.timer = nil
	default:
		_ = w.flush() // a log that cannot be written has nowhere to say so
		w.timer.Reset(gatherTime)
	}
}

// flush writes what waits; the caller holds mu.
func (w *Writer) flush() error {
	_, err := w.out.Write(w.lines)
	w.lines = w.lines[:0]
	return err
}

// Flush writes what waits.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if len(w.lines) == 0 {
		return nil
	}
	return w.flush()
}
