package enginetest

import "iter"

// NoJournal is a journal that stores nothing.
type NoJournal struct{}

// Append does nothing.
func (NoJournal) Append([]byte) error { return nil }

// Rewrite does nothing.
func (NoJournal) Rewrite(iter.Seq[[]byte]) error { return nil }

// Size is always 0.
func (NoJournal) Size() (bytes int64, records int) { return 0, 0 }

// StuckJournal is a journal on a disk that does not answer.
type StuckJournal struct {
	NoJournal
	came chan struct{} // has one slot, filled when something is to be written
	gate chan struct{}
}

// NewStuckJournal returns a journal on a disk that does not answer.
func NewStuckJournal() StuckJournal {
	return StuckJournal{came: make(chan struct{}, 1), gate: make(chan struct{})}
}

// Append waits until the disk answers.
func (s StuckJournal) Append([]byte) error {
	select {
	case s.came <- struct{}{}:
	default:
	}
	<-s.gate
	return nil
}

// Await waits until something is to be written.
func (s StuckJournal) Await() { <-s.came }

// Release makes the disk answer.
func (s StuckJournal) Release() { close(s.gate) }
