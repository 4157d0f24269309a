package swarmask

import (
	"testing"
	"time"

	"bittoratio/engine/network/dht"
)

// TestAnEstimateStaysUntilThereIsAnother: a measurement that has not made a lookup yet, or ends before its first one,
// does not change the earlier estimate.
func TestAnEstimateStaysUntilThereIsAnother(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	w.sizes.last, w.sizes.at = dht.Measured{Lookups: 64, Nodes: 18e6, Low: 15e6, High: 21e6}, time.Now().Add(-2*sameSize)
	before := w.Status().Size
	if before.Lookups != 64 || before.Nodes != 18e6 {
		t.Fatalf("Status returned %+v", before)
	}
	if err := w.Measure(16); err != nil {
		t.Fatal(err)
	}
	if s := w.Status(); !s.Measuring || s.Wanted != 16 || s.Size.Lookups != 0 || s.Size.Nodes != before.Nodes || s.Size.Low != before.Low {
		t.Errorf("while it is measured: %+v", s)
	}
	w.StopMeasuring()
	w.until("the measurement ends", func() bool { return !w.Status().Measuring })
	if s := w.Status(); s.Size != before || len(s.Days) > 0 {
		t.Errorf("after it was stopped: %+v", s)
	}
	// One lookup is enough.
	w.sizes.set(&dht.Measured{Lookups: 1, Nodes: 1e6})
	if s := w.Status().Size; s.Lookups != 1 || s.Nodes != 1e6 {
		t.Errorf("Status returned %+v", s)
	}
}
