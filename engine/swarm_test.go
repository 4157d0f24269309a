package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/network/dht"
	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
)

// here limits the swarm to this computer: a socket bound there cannot send elsewhere, and the filter refuses such
// addresses.
func here(s *settings.Settings) { s.Swarm.Bind = "127.0.0.1" }

func TestTheSwarmIsOffUntilTheUserSwitchesItOn(t *testing.T) {
	folder := t.TempDir()
	e, err := engine.New(engine.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; s != nil || !errors.Is(e.Swarm().Measure(1), &swarmview.Error{Kind: swarmview.Off}) {
		t.Errorf("the swarm is on, though the user did not switch it on: %+v", s)
	}
	e.Swarm().Watch(true)
	if s := e.Snapshot().Swarm; s != nil {
		t.Error("showing the page switches the swarm on")
	}
	e.Swarm().Watch(false)
	if err := e.Change(func(s *settings.Settings) { here(s); s.Swarm.Enabled = true }); err != nil {
		t.Fatal(err)
	}
	on := e.Snapshot().Swarm
	if on == nil || !on.On || on.Fault != swarmview.Fine || on.Port < 49152 || len(on.Families) != 1 || on.Full || on.Measuring {
		t.Fatalf("the swarm is %+v, want it on, with one family", on)
	}
	if err := e.Change(func(s *settings.Settings) { s.Swarm.AnswerOthers = true }); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; s.Port != on.Port || !s.Full || s.Families[0].ID != on.Families[0].ID {
		t.Errorf("with answers to others the swarm is %+v, want the same id and port", s)
	}
	// The id and the port are those of the last run.
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(folder, "dht.json"))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := dht.ParseState(b); err != nil || s.Port != on.Port || s.Families[0].ID != on.Families[0].ID {
		t.Errorf("the saved state is %+v (%v), want the same id and port", s, err)
	}
	if e, err = engine.New(engine.Options{Folder: folder}); err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	if s := e.Snapshot().Swarm; s == nil || s.Port != on.Port || s.Families[0].ID != on.Families[0].ID {
		t.Errorf("Snapshot returned %+v", s)
	}
	if err := e.Change(func(s *settings.Settings) { s.Swarm.Enabled = false }); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; s != nil {
		t.Errorf("the swarm is on after it was switched off: %+v", s)
	}
}

func TestNoSocketIsOpenedIfTheChosenInterfaceIsMissing(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e, err := engine.New(engine.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	if err := e.Change(func(s *settings.Settings) { s.Swarm.Enabled, s.Swarm.Bind = true, "no-such-tunnel" }); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; s == nil || s.On || s.Fault != swarmview.NoInterface {
		t.Errorf("Snapshot returned %+v", s)
	}
	if err := e.Swarm().Measure(1); !errors.Is(err, &swarmview.Error{Kind: swarmview.Off}) {
		t.Errorf("Measure returned %v", err)
	}
	if err := e.Change(here); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; s == nil || !s.On || s.Fault != swarmview.Fine {
		t.Errorf("with an interface that exists the swarm is %+v, want it on", s)
	}
}

func TestDamagedSwarmFilesAreIgnored(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	for name, text := range map[string]string{"dht.json": "{", "dht-sizes.json": `[{"day":`, "settings.json": `{"swarm":{"enabled":true,"bind":"127.0.0.1"}}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(engine.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	if s := e.Snapshot().Swarm; s == nil || !s.On || len(s.Days) != 0 {
		t.Errorf("Snapshot returned %+v", s)
	}
}

func TestDHTSizesAreSavedForTheChart(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	days := []swarmview.Day{{Day: "2026-05-01", Nodes: 18e6, Low: 15e6, High: 21e6, Lookups: 16}}
	b, err := json.Marshal(days)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "dht-sizes.json"), bytes.ToLower(b), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	if err := e.Change(func(s *settings.Settings) { here(s); s.Swarm.Enabled = true }); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot().Swarm; len(s.Days) != 1 || s.Days[0] != days[0] {
		t.Errorf("the saved sizes are %+v, want %+v", s.Days, days[0])
	}
}

// TestAnAnnounceWithAPasskeyMakesALookUpNeedConfirmation: a torrent of the table may be looked up without the user's
// confirmation only if, judging by what its client announced, none of its trackers may be private.
func TestAnAnnounceWithAPasskeyMakesALookUpNeedConfirmation(t *testing.T) {
	enginetest.CheckGoroutines(t)
	hash, err := bittorrent.ParseInfoHash(enginetest.HexHash)
	if err != nil {
		t.Fatal(err)
	}
	for extra, want := range map[string]swarmview.May{"": swarmview.MayGo, "&passkey=0123456789abcdef": swarmview.MayAsk} {
		tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer(enginetest.Peers) })
		e := enginetest.Engine(t, engine.Options{})
		may := func() swarmview.May {
			q, err := e.Swarm().Ask(swarmview.Request{Hash: hash})
			if err != nil {
				t.Fatal(err)
			}
			return q.May
		}
		if before := may(); before != swarmview.MayAsk {
			t.Errorf("before any announce the look-up is %d, want confirmation", before)
		}
		enginetest.Dial(t, e.Snapshot().Addr).Ask(enginetest.Announce(tr.Addr, "0", "&event=started"+extra))
		if after := may(); after != want {
			t.Errorf("after an announce with %q the look-up is %d, want %d", extra, after, want)
		}
	}
}
