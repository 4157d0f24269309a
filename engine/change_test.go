package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

func TestTheErrorForATakenPortSuggestsAFreeOne(t *testing.T) {
	enginetest.CheckGoroutines(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := enginetest.NewEngine(t, engine.Options{Listen: l.Addr().String()})
	var le *listen.Error
	if err := e.Start(); !errors.As(err, &le) || !le.Taken || le.Addr != l.Addr().String() || !strings.Contains(err.Error(), le.Addr) {
		t.Fatalf("Start returned %v", err)
	}
	if s := e.Snapshot(); s.State != engine.Off {
		t.Errorf("the state is %v, want Off", s.State)
	}
	if err := e.Change(func(s *settings.Settings) { s.Listen = le.Free }); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if at := addr(t, e); at != le.Free {
		t.Errorf("the engine listens on %s, want %s", at, le.Free)
	}
}

func TestAnInvalidChangeChangesNothing(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.Engine(t, engine.Options{})
	before, text, at := e.Settings(), saved(t, e), addr(t, e)
	for name, change := range map[string]func(*settings.Settings){
		"multiplier":          func(s *settings.Settings) { s.Multiplier = 0 },
		"listen":              func(s *settings.Settings) { s.Listen = "nowhere" },
		"allow_networks":      func(s *settings.Settings) { s.Listen = "0.0.0.0:0" },
		"tracker_multipliers": func(s *settings.Settings) { s.TrackerMultipliers = map[string]policy.Factor{"a.example": 7} },
		"torrent_multipliers": func(s *settings.Settings) { s.TorrentMultipliers = map[string]policy.Factor{"a": 2000} },
		"window.theme":        func(s *settings.Settings) { s.Window.Theme = "" },
		"version":             func(s *settings.Settings) { s.Version = 2 },
	} {
		var se *settings.Error
		if err := e.Change(func(s *settings.Settings) { s.Ceiling = 77; change(s) }); !errors.As(err, &se) || se.Field != name {
			t.Errorf("%s: %v, want a settings error of that field", name, err)
		}
	}
	if got := e.Settings(); got.Ceiling != before.Ceiling || saved(t, e) != text || addr(t, e) != at {
		t.Errorf("an invalid change changed something: %+v", got)
	}
}

func TestAChangeThatCannotMoveThePortIsUndone(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	first := addr(t, e)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	text := saved(t, e)
	move := func(s *settings.Settings) { s.Listen, s.Window.Theme = l.Addr().String(), "dark" }
	var le *listen.Error
	if err := e.Change(move); !errors.As(err, &le) || !le.Taken {
		t.Fatalf("Change returned %v", err)
	}
	// The port was 0, so an undo leads to another port; everything else is as before.
	if got := e.Settings(); got.Window.Theme != "system" || got.Listen != "127.0.0.1:8080" || saved(t, e) != text {
		t.Errorf("after the failure the settings are %+v, want those from before", got)
	}
	if got := reportedFor(t, e, tr, "10", ""); got != "10" {
		t.Errorf("reported %s, want %s", got, "10")
	}
	_ = l.Close()
	if err := e.Change(move); err != nil {
		t.Fatal(err)
	}
	if at := addr(t, e); at != le.Addr || !closed(first) {
		t.Errorf("the engine listens on %s, want only %s", at, le.Addr)
	}
	if got := reportedFor(t, e, tr, "11", ""); got != "13" {
		t.Errorf("reported %s, want %s", got, "13")
	}
	var onDisk settings.Settings
	if err := json.Unmarshal([]byte(saved(t, e)), &onDisk); err != nil || onDisk.Listen != le.Addr || onDisk.Window.Theme != "dark" {
		t.Errorf("settings.json has %+v (%v), want the new port and theme", onDisk, err)
	}
}

func TestFlagsApplyToOneRunAndAreNotSaved(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 7 * policy.One})
	if s := e.Snapshot(); s.Factor != 7*policy.One {
		t.Errorf("factor %v, want %v", s.Factor, 7*policy.One)
	}
	s := e.Settings()
	if s.Multiplier != 2*policy.One || s.Listen != "127.0.0.1:8080" {
		t.Errorf("the settings have the flags: %+v", s)
	}
	if err := e.Change(func(s *settings.Settings) { s.Window.Theme = "dark" }); err != nil {
		t.Fatal(err)
	}
	reportedFor(t, e, tr, "0", "")
	if got := reportedFor(t, e, tr, "1", ""); got != "7" {
		t.Errorf("after a change of another setting reported %s, want 7", got)
	}
	if text := saved(t, e); !strings.Contains(text, `"multiplier": 2,`) || !strings.Contains(text, `"listen": "127.0.0.1:8080"`) || !strings.Contains(text, "dark") {
		t.Errorf("settings.json is %s, want it without the flags", text)
	}
	// Chosen in this run, so it takes precedence over the flag.
	if err := e.Change(func(s *settings.Settings) { s.Multiplier = 3 * policy.One }); err != nil {
		t.Fatal(err)
	}
	if got := reportedFor(t, e, tr, "2", ""); got != "10" || e.Snapshot().Factor != 3*policy.One {
		t.Errorf("reported %s", got)
	}
}

func TestTheMultiplierIsSavedSoonAndAtClose(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{Multiplier: 7 * policy.One})
	for _, f := range []policy.Factor{0, 999, policy.MaxFactor + 1} {
		var se *settings.Error
		if err := e.SetMultiplier(f); !errors.As(err, &se) || se.Field != "multiplier" {
			t.Errorf("factor %v: %v, want a settings error", f, err)
		}
	}
	for f := policy.One; f < 5*policy.One; f += 100 { // a slider that is being dragged
		if err := e.SetMultiplier(f); err != nil {
			t.Fatal(err)
		}
	}
	if s := e.Snapshot(); s.Factor != 4900 || e.Settings().Multiplier != 4900 {
		t.Errorf("factor %v", s.Factor)
	}
	enginetest.Eventually(t, "the factor is saved", func() bool { return strings.Contains(saved(t, e), `"multiplier": 4.9,`) })
	if err := e.SetMultiplier(5500); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if text := saved(t, e); !strings.Contains(text, `"multiplier": 5.5,`) {
		t.Errorf("after Close settings.json is %s, want the multiplier 5.5", text)
	}
}

func TestAnnouncesUseTheMostSpecificFactor(t *testing.T) {
	enginetest.CheckGoroutines(t)
	near, far := enginetest.NewTracker(t, nil), enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	if err := e.Change(func(s *settings.Settings) {
		s.Multiplier, s.TrackerMultipliers = 2*policy.One, map[string]policy.Factor{near.Addr: 3 * policy.One}
	}); err != nil {
		t.Fatal(err)
	}
	for _, tr := range []*enginetest.Tracker{near, far} {
		reportedFor(t, e, tr, "0", "&event=started")
	}
	if got := reportedFor(t, e, far, "100", ""); got != "200" {
		t.Errorf("with the global factor reported %s, want 200", got)
	}
	if got := reportedFor(t, e, near, "100", ""); got != "300" {
		t.Errorf("with the tracker's factor reported %s, want 300", got)
	}
	if err := e.Change(func(s *settings.Settings) {
		s.TorrentMultipliers = map[string]policy.Factor{enginetest.HexHash: 10 * policy.One}
	}); err != nil {
		t.Fatal(err)
	}
	if got := reportedFor(t, e, near, "200", ""); got != "1300" {
		t.Errorf("with the torrent's factor reported %s, want 1300", got)
	}
	if got := reportedFor(t, e, far, "200", ""); got != "1200" {
		t.Errorf("with the torrent's factor on another tracker reported %s, want 1200", got)
	}
	for _, row := range e.Snapshot().Torrents {
		if row.Factor != 10*policy.One || row.Seen != 200 {
			t.Errorf("the row is %+v, want factor 10 and 200 uploaded", row)
		}
	}
	if err := e.SetMultiplier(policy.One); err != nil { // the more specific factors stay
		t.Fatal(err)
	}
	if got := reportedFor(t, e, far, "300", ""); got != "2200" {
		t.Errorf("reported %s, want %s", got, "2200")
	}
}

// TestTheSavedPortCanBeChosenOverTheCommandLine: the command line overrides the saved port in this run, and the user
// chooses the saved one.
func TestTheSavedPortCanBeChosenOverTheCommandLine(t *testing.T) {
	enginetest.CheckGoroutines(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := enginetest.NewEngine(t, engine.Options{Listen: l.Addr().String()})
	var le *listen.Error
	if err := e.Start(); !errors.As(err, &le) || le.Free == "" {
		t.Fatalf("Start returned %v", err)
	}
	if err := os.WriteFile(filepath.Join(e.Folder(), "settings.json"), []byte(`{"listen": "`+le.Free+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.Reload(); err != nil { // the file has another port, which takes precedence over the command line
		t.Fatal(err)
	}
	e2 := enginetest.NewEngine(t, engine.Options{Folder: copyFolder(t, e), Listen: l.Addr().String(), Multiplier: 7 * policy.One})
	if err := e2.Reload(); err != nil { // the file is unchanged, so the command line still applies
		t.Fatal(err)
	}
	if s := e2.Snapshot(); s.Addr != l.Addr().String() || s.Factor != 7*policy.One {
		t.Errorf("after the same file is read again: %s at factor %v, want the command line's", s.Addr, s.Factor)
	}
	if err := e2.Change(func(s *settings.Settings) { s.Listen = le.Free }); err != nil {
		t.Fatal(err)
	}
	if err := e2.Start(); err != nil {
		t.Fatal(err)
	}
	if at := addr(t, e2); at != le.Free || e2.Snapshot().Factor != 7*policy.One {
		t.Errorf("the engine listens on %s, want %s", at, le.Free)
	}
}

// TestASliderMoveDuringAChangeIsKept: a change of the port waits until the exchanges in flight have ended, but the
// slider does not wait.
func TestASliderMoveDuringAChangeIsKept(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for _, taken := range []bool{false, true} {
		gate := make(chan struct{})
		tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { <-gate; x.Send(good) })
		e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if !taken {
			_ = l.Close()
		}
		at := addr(t, e)
		c := enginetest.Dial(t, at)
		c.Send(enginetest.Announce(tr.Addr, "0", ""))
		tr.Await(t, 1)
		changed := make(chan error)
		go func() {
			changed <- e.Change(func(s *settings.Settings) { s.Listen, s.JoinDuplicates = l.Addr().String(), false })
		}()
		enginetest.Eventually(t, "the port is being moved", func() bool { return closed(at) })
		if err := e.SetMultiplier(5 * policy.One); err != nil {
			t.Fatal(err)
		}
		close(gate)
		var le *listen.Error
		if err := <-changed; errors.As(err, &le) != taken {
			t.Fatalf("unexpected error %v", err)
		}
		if s := e.Settings(); s.Multiplier != 5*policy.One || s.JoinDuplicates != taken || e.Snapshot().Factor != 5*policy.One {
			t.Errorf("port taken: %v; the settings are %+v, want the slider's factor 5", taken, s)
		}
	}
}

// TestNetworksOfTheCommandLineAreNotSaved: they apply to one run, until others are chosen.
func TestNetworksOfTheCommandLineAreNotSaved(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{Listen: "127.0.0.1:0", AllowNetworks: []string{"10.0.0.0/8"}})
	if err := e.Change(func(s *settings.Settings) {
		if !slices.Equal(s.AllowNetworks, []string{"10.0.0.0/8"}) {
			t.Errorf("the networks in force are %v, want that of the command line", s.AllowNetworks)
		}
		s.JoinDuplicates = false
	}); err != nil {
		t.Fatal(err)
	}
	if s := e.Settings(); len(s.AllowNetworks) != 0 || s.JoinDuplicates {
		t.Errorf("the saved settings are %+v, want no networks", s)
	}
	if err := e.Change(func(s *settings.Settings) { s.AllowNetworks = []string{"192.168.0.0/16"} }); err != nil {
		t.Fatal(err)
	}
	if s := e.Settings(); !slices.Equal(s.AllowNetworks, []string{"192.168.0.0/16"}) {
		t.Errorf("the saved networks are %v, want the chosen one", s.AllowNetworks)
	}
}

// TestASnapshotHasNewSettingsOnlyAfterAChange: a window needs to read the settings again only if the pointer in the
// snapshot has changed.
func TestASnapshotHasNewSettingsOnlyAfterAChange(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	hash := bittorrent.InfoHash{7}
	before := e.Snapshot()
	if again := e.Snapshot(); again.Settings != before.Settings || !reflect.DeepEqual(*before.Settings, e.Settings()) {
		t.Fatalf("unchanged settings have another pointer: %p, then %p", before.Settings, again.Settings)
	}
	for name, change := range map[string]func() error{
		"Change": func() error {
			return e.Change(func(s *settings.Settings) { s.AllowNetworks = append(s.AllowNetworks, "10.0.0.0/8") })
		},
		"SetMultiplier":    func() error { return e.SetMultiplier(7 * policy.One) },
		"SetTorrentFactor": func() error { return e.SetTorrentFactor(hash, 3*policy.One) },
		"SetTrackerRule": func() error {
			return e.SetTrackerRule("t.example", policy.TrackerRule{Factor: 3 * policy.One})
		},
	} {
		before := e.Snapshot().Settings
		was := e.Settings()
		if err := change(); err != nil {
			t.Fatal(name, err)
		}
		now := e.Snapshot().Settings
		if now == before || !reflect.DeepEqual(*now, e.Settings()) {
			t.Errorf("%s: the snapshot still has the former settings", name)
		}
		if !reflect.DeepEqual(*before, was) {
			t.Errorf("%s changed the settings in an earlier snapshot", name)
		}
	}
}
