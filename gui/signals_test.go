package gui

import (
	"testing"
	"testing/synctest"
	"time"
)

// catchTerm has the name of Fyne's function. That Fyne's has it still, the tests of the real window show.
func catchTerm(signals chan struct{}) { <-signals }

func TestTheSignalsAreCaughtAgainOnlyAfterFyneCaughtThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if awaitFynesSignals() {
			t.Error("Fyne is said to catch the signals before it does")
		}
		signals := make(chan struct{})
		defer close(signals)
		begun := time.Now()
		go func() {
			time.Sleep(500 * time.Millisecond) // a busy machine
			catchTerm(signals)
		}()
		if caught := awaitFynesSignals(); !caught || time.Since(begun) < 500*time.Millisecond {
			t.Errorf("after %v the result is %v; want true, after half a second", time.Since(begun), caught)
		}
	})
}
