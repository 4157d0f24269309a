package enginetest

import (
	"context"
	"log/slog"
	"testing"

	"bittoratio/engine"
)

// Engine runs an engine at a free port, in a folder of its own and without a log if options name none. It is closed
// with the test.
func Engine(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	e := NewEngine(t, o)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e
}

// NewEngine is Engine, not started.
func NewEngine(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	if o.Folder == "" {
		o.Folder = t.TempDir()
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // a test may have closed it itself
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}
