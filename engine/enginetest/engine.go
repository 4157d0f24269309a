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

// Patience has the time limits of engines in tests. They are short, so that the tests are quick, except Background: it is
// as long as in the program, or an announce would be given up while a test examines it.
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

// Patient has longer limits than Patience, for tests of how long a client waits.
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

// Hurried returns Patience with one second for the deliveries at the end, for tests that end while trackers are silent.
func Hurried() announce.Patience {
	p := Patience
	p.Deliver = time.Second
	return p
}

// Engine starts an engine. Options that name none of them get a folder of their own, a free port, no log, and Patience. The
// engine is closed at the end of the test.
func Engine(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	e := NewEngine(t, o)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e
}

// NewEngine is Engine without the start.
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
	t.Cleanup(func() { // does nothing if the test has closed it
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return e
}
