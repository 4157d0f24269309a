package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
)

func TestPassthroughMultipliesNothingAndKeepsTheChosenFactor(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	var logged bytes.Buffer
	e := enginetest.Engine(t, engine.Options{Log: slog.New(linelog.NewText(&logged, slog.LevelInfo))})
	if err := e.SetMultiplier(3 * policy.One); err != nil {
		t.Fatal(err)
	}
	c := enginetest.Dial(t, addr(t, e))
	expectReported := func(uploaded, want string) {
		t.Helper()
		c.Ask(enginetest.Announce(tr.Addr, uploaded, ""))
		heads := tr.Heads()
		if got := enginetest.Query(heads[len(heads)-1], "uploaded"); got != want {
			t.Errorf("with %s uploaded reported %s, want %s", uploaded, got, want)
		}
	}
	expectReported("0", "0")
	expectReported("100", "300")
	e.SetPassthrough(true)
	if s := e.Snapshot(); !s.Passthrough || s.Factor != 3*policy.One || s.State != engine.On {
		t.Errorf("passthrough: %v, factor %v, state %v; want true, 3, On", s.Passthrough, s.Factor, s.State)
	}
	expectReported("150", "350")
	if err := e.SetMultiplier(5 * policy.One); err != nil { // for later
		t.Fatal(err)
	}
	expectReported("160", "360")
	e.SetPassthrough(false)
	expectReported("170", "410")
	if got := e.Settings().Multiplier; got != 5*policy.One {
		t.Errorf("the saved multiplier is %v, want 5", got)
	}

	e.SetPassthrough(true)
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	e.SetPassthrough(true)
	if s := e.Snapshot(); s.Passthrough {
		t.Error("passthrough continues after the stop, or can be chosen while the engine is off")
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := logged.String(); strings.Count(got, "forwarding at 1x") != 2 || strings.Count(got, "multiplying again") != 2 {
		t.Errorf("the log does not have the change twice each way:\n%s", got)
	}
}
