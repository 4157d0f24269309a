package demo

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/demo/internal/sample"
)

// TestSampleClientsAnnounceStoppedWhenTheEngineIsSwitchedOff: they announce `stopped` when the engine is switched off,
// and return when it is switched on.
func TestSampleClientsAnnounceStoppedWhenTheEngineIsSwitchedOff(t *testing.T) {
	d, err := open(slog.New(slog.DiscardHandler), sample.Pace{Interval: 100 * time.Millisecond, Rate: 90_000_000})
	if err != nil {
		t.Fatal(err)
	}
	o := engine.Options{Log: slog.New(slog.DiscardHandler)}
	d.Apply(&o)
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	a := d.Around(e)
	for range 2 {
		news := e.Subscribe()
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		late := time.After(20 * time.Second)
		for there := 0; there < 6; {
			select {
			case <-news.Changed():
			case <-late:
				t.Fatalf("only %d peers announced", there)
			}
			there = 0
			for _, p := range d.Peers() {
				if !p.Stopped {
					there++
				}
			}
		}
		news.Close()
		if err := a.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Peers() {
			if !p.Stopped {
				t.Errorf("peer %v did not announce stopped", p.Peer)
			}
		}
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
