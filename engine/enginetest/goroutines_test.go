package enginetest

import (
	"context"
	"runtime/pprof"
	"testing"
)

func TestGoroutinesInheritTheLabelOfTheirTest(t *testing.T) {
	const name = `TestX/"a b" at 0x12`
	done := make(chan struct{})
	running := make(chan struct{})
	go func() {
		defer close(running)
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("test", name)))
		for range 3 {
			go func() { <-done }()
		}
		if n, stacks := labelled(name); n != 4 {
			t.Errorf("%d goroutines have the label, want 4:\n%s", n, stacks)
		}
	}()
	<-running
	close(done)
	Eventually(t, "no goroutine with the label is left", func() bool { n, _ := labelled(name); return n == 0 })
}
