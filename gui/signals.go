package gui

import (
	"log"
	"regexp"
	"runtime"
	"time"
)

// waitsForSignal matches the stack of Fyne's goroutine that has caught the signals (fyne 2.8, gLDriver.catchTerm).
var waitsForSignal = regexp.MustCompile(`\[chan receive.*\]:\n\S+\.catchTerm\(`)

// awaitFynesSignals waits until Fyne has caught the signals that end a program, for a second at most. A goroutine of
// Fyne does that, and only its stack shows it. If this program caught them again before, that goroutine would get them,
// too, and end Fyne at once.
func awaitFynesSignals() (caught bool) {
	stacks := make([]byte, 1<<18)
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if waitsForSignal.Match(stacks[:runtime.Stack(stacks, true)]) {
			return true
		}
	}
	log.Println("bittoratio: Fyne has not caught the signals yet, and may end the window at once on SIGTERM")
	return false
}
