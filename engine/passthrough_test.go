package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/linelog"
	"bittoratio/engine/report/policy"
)

func TestAtOneForwardsWithoutMultiplyingAndKeepsTheChosenFactor(t *testing.T) {
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
	if err := e.SetMultiplier(5 * policy.One); err != nil { // chosen for later
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

func TestClientsThatAnnouncedLatelyArePointedHere(t *testing.T) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	s := engine.Snapshot{Torrents: []*engine.Torrent{
		{Client: "a", Last: ago(50 * time.Minute), Next: ago(-10 * time.Minute)},
		{Client: "a", Last: ago(50 * time.Minute), Next: ago(20 * time.Minute)}, // overdue
		{Client: "b", Last: ago(20 * time.Minute)},
		{Client: "b", InfoHash: bittorrent.InfoHash{1}, Last: ago(time.Minute), Next: ago(-29 * time.Minute)},
		{Client: "b", InfoHash: bittorrent.InfoHash{1}, Last: ago(time.Minute)}, // the same torrent, on another tracker
		{Client: "c", Last: ago(40 * time.Minute)},                              // silent
		{Client: "d", Last: ago(time.Minute), Event: bittorrent.EventStopped},
	}}
	got := s.ActiveClients(now)
	if len(got) != 2 || got[0] != (engine.ActiveClient{Client: "b", Torrents: 2}) || got[1] != (engine.ActiveClient{Client: "a", Torrents: 1}) {
		t.Errorf("%+v", got)
	}
}
