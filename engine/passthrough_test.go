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
	var said bytes.Buffer
	e := enginetest.Engine(t, engine.Options{Log: slog.New(linelog.NewText(&said, slog.LevelInfo))})
	if err := e.SetMultiplier(3 * policy.One); err != nil {
		t.Fatal(err)
	}
	c := enginetest.Dial(t, addr(t, e))
	tell := func(uploaded, want string) {
		t.Helper()
		c.Ask(enginetest.Announce(tr.Addr, uploaded, ""))
		heads := tr.Heads()
		if got := enginetest.Query(heads[len(heads)-1], "uploaded"); got != want {
			t.Errorf("%s was told as %s, not %s", uploaded, got, want)
		}
	}
	tell("0", "0")
	tell("100", "300")
	e.SetPassthrough(true)
	if s := e.Snapshot(); !s.Passthrough || s.Factor != 3*policy.One || s.State != engine.On {
		t.Errorf("at one: %v, factor %v, state %v", s.Passthrough, s.Factor, s.State)
	}
	tell("150", "350")
	if err := e.SetMultiplier(5 * policy.One); err != nil { // for later
		t.Fatal(err)
	}
	tell("160", "360")
	e.SetPassthrough(false)
	tell("170", "410")
	if got := e.Settings().Multiplier; got != 5*policy.One {
		t.Errorf("saved is %v", got)
	}

	e.SetPassthrough(true)
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	e.SetPassthrough(true)
	if s := e.Snapshot(); s.Passthrough {
		t.Error("it outlives the stop, or can be chosen while off")
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := said.String(); strings.Count(got, "forwarding at 1x") != 2 || strings.Count(got, "multiplying again") != 2 {
		t.Errorf("the log says\n%s", got)
	}
}
