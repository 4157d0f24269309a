package engine_test

import (
	"fmt"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// TestHistoryContinuesAfterARestart: a torrent's points continue where they ended, each exactly once, and the
// last 24 hours are complete.
func TestHistoryContinuesAfterARestart(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	tr := enginetest.NewTracker(t, nil)
	run := func(uploaded ...int) (points string, day exchange.LastDay) {
		e := enginetest.Engine(t, engine.Options{Folder: folder, Multiplier: 3 * policy.One})
		for _, n := range uploaded {
			c := enginetest.Dial(t, addr(t, e))
			c.Ask(enginetest.Announce(tr.Addr, fmt.Sprint(n), ""))
			c.Close()
		}
		enginetest.Eventually(t, "the announces are recorded, and earlier runs are counted", func() bool {
			s := e.Snapshot()
			return len(s.Torrents) == 1 && s.Torrents[0].Points == len(uploaded) && s.Day.Seen == s.Totals.Seen
		})
		id := e.Snapshot().Torrents[0].ID
		earlier, err := e.Earlier(t.Context(), id, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(earlier, e.History(id, 100)...) {
			points += fmt.Sprint(p.Seen, "→", p.Reported, " ")
		}
		day = e.Snapshot().Day
		mustSumUp(t, e, day)
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return points, day
	}
	if got, day := run(0, 100, 200); got != "0→0 100→300 200→600 " || day.Seen != 200 || day.Reported != 600 {
		t.Errorf("in the first run the points are %s, the day is %+v", got, day)
	}
	if got, day := run(300); got != "0→0 100→300 200→600 300→900 " || day.Seen != 300 || day.At(2*policy.One) != 600 {
		t.Errorf("after a restart the points are %s, the day is %+v", got, day)
	}
	if got, _ := run(); got != "0→0 100→300 200→600 300→900 " {
		t.Errorf("before any announce of a run the points are %s, want %s", got, "0→0 100→300 200→600 300→900 ")
	}
}

// mustSumUp checks that the sums of the days continue across restarts.
func mustSumUp(t *testing.T, e *engine.Engine, want exchange.LastDay) {
	t.Helper()
	days, err := e.ActivityDays()
	if err != nil {
		t.Fatal(err)
	}
	var seen, reported uint64
	for _, d := range days {
		seen, reported = seen+d.Seen, reported+d.Reported
	}
	if seen != want.Seen || reported != want.Reported {
		t.Errorf("the days have %d uploaded and %d reported, want %d and %d", seen, reported, want.Seen, want.Reported)
	}
}
