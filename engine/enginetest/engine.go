package enginetest

import (
	"cmp"
	"context"
	"log/slog"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/announce"
)

// Patience is that of engines in tests: short, so that tests are. What continues in the background has the time of the
// program, or an announce would be dropped while a test looks at it.
var Patience = announce.Patience{
	Libtorrent: 3 * time.Second,
	Others:     3 * time.Second,
	Stopped:    time.Second,
	Cached:     2 * time.Second,
	Scrape:     2 * time.Second,
	Pause:      2500 * time.Millisecond,
	Queue:      500 * time.Millisecond,
	Background: time.Minute,
	Stop:       200 * time.Millisecond,
	Deliver:    10 * time.Second,
}

// Patient is that of tests about how long a client waits.
var Patient = announce.Patience{
	Libtorrent: 8 * time.Second,
	Others:     8 * time.Second,
	Stopped:    4 * time.Second,
	Cached:     8 * time.Second,
	Scrape:     8 * time.Second,
	Pause:      10 * time.Second,
	Queue:      500 * time.Millisecond,
	Background: time.Minute,
	Stop:       200 * time.Millisecond,
	Deliver:    10 * time.Second,
}

// Hurried is Patience for tests that end while trackers are silent: pending announces are not delivered then.
func Hurried() announce.Patience {
	p := Patience
	p.Deliver = time.Second
	return p
}

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
	o.Patience = cmp.Or(o.Patience, Patience)
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
