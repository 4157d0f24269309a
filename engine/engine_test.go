package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/instance"
	"bittoratio/engine/network/listen"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/settings"
)

// saved returns settings.json as it is on disk.
func saved(t *testing.T, e *engine.Engine) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Folder(), "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// addr returns the address on which a running engine listens.
func addr(t *testing.T, e *engine.Engine) string {
	t.Helper()
	s := e.Snapshot()
	if s.State != engine.On {
		t.Fatalf("the state is %v, want On", s.State)
	}
	return s.Addr
}

// reportedFor sends an announce with this total, and returns the total that the tracker received.
func reportedFor(t *testing.T, e *engine.Engine, tr *enginetest.Tracker, uploaded, extra string) string {
	t.Helper()
	n, before := len(tr.Heads()), newest(e)
	c := enginetest.Dial(t, addr(t, e))
	defer c.Close()
	if head, _ := c.Ask(enginetest.Announce(tr.Addr, uploaded, extra)); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
		t.Fatalf("the announce got %q, want the tracker's answer", head)
	}
	enginetest.Eventually(t, "the announce is recorded", func() bool {
		later := activity(e, before)
		i := slices.IndexFunc(later, func(n exchange.Entry) bool {
			return n.Kind == exchange.KindAnnounce && strconv.FormatUint(n.Seen, 10) == uploaded
		})
		return i >= 0 && e.Snapshot().Seq >= later[i].Seq
	})
	return enginetest.Query(tr.Await(t, n+1)[n], "uploaded")
}

// newest returns the number of the latest exchange. In a snapshot it may be smaller, since snapshots are delayed.
func newest(e *engine.Engine) uint64 {
	recorded := activity(e, 0)
	if len(recorded) == 0 {
		return 0
	}
	return recorded[len(recorded)-1].Seq
}

// closed reports whether no program listens at an address.
func closed(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err != nil
}

func TestAnEngineStartsAgainAfterAStop(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.NewEngine(t, engine.Options{Multiplier: 3 * policy.One})
	if s := e.Snapshot(); s.State != engine.Off || s.Addr != "127.0.0.1:0" {
		t.Errorf("before the start the state is %v at %s, want Off at 127.0.0.1:0", s.State, s.Addr)
	}
	if err := e.Stop(context.Background()); err != nil {
		t.Errorf("stopping a stopped engine: %v", err)
	}
	for round, want := range []string{"10", "40", "70"} {
		for range 2 { // a second start is no error
			if err := e.Start(); err != nil {
				t.Fatal(err)
			}
		}
		at := addr(t, e)
		if got := reportedFor(t, e, tr, []string{"10", "20", "30"}[round], ""); got != want {
			t.Errorf("round %d: reported %s, want %s", round, got, want)
		}
		if err := e.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		if s := e.Snapshot(); s.State != engine.Off || !closed(at) {
			t.Errorf("after the stop the state is %v, want Off; the port is closed: %v", s.State, closed(at))
		}
	}
}

func TestCloseReleasesTheFolder(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	tr := enginetest.NewTracker(t, nil)
	for _, want := range []string{"5", "5", "5"} {
		e := enginetest.Engine(t, engine.Options{Folder: folder, Multiplier: 2 * policy.One})
		var running *engine.AlreadyRunningError
		if _, err := engine.New(engine.Options{Folder: folder}); !errors.As(err, &running) || running.PID != os.Getpid() || running.Folder != folder {
			t.Errorf("a second engine on the same folder: %v, want an error that names this process", err)
		}
		if got := reportedFor(t, e, tr, "5", ""); got != want {
			t.Errorf("reported %s, want %s", got, want)
		}
		for range 2 { // a second Close is no error
			if err := e.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestListeningOnAnAddressOfAnotherComputerIsAnError(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	listenElsewhere := func(s *settings.Settings) {
		s.Listen, s.AllowNetworks = "203.0.113.77:8080", []string{"203.0.113.0/24"}
	}
	if err := e.Change(listenElsewhere); err != nil { // it is off, so no port is opened
		t.Fatal(err)
	}
	var le *listen.Error
	e2 := enginetest.NewEngine(t, engine.Options{Folder: copyFolder(t, e), Listen: "203.0.113.77:8080"})
	if err := e2.Start(); !errors.As(err, &le) || le.Taken || le.Free != "" {
		t.Errorf("Start returned %v", err)
	}
}

// copyFolder returns a folder with the settings of an engine.
func copyFolder(t *testing.T, e *engine.Engine) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(saved(t, e)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestResetNeedsAStoppedEngine(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Multiplier: 3 * policy.One})
	reportedFor(t, e, tr, "0", "")
	reportedFor(t, e, tr, "10", "")
	if err := e.Reset(); !errors.Is(err, engine.ErrOn) {
		t.Errorf("Reset while the engine is on: %v, want ErrOn", err)
	}
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot(); s.Totals != (exchange.Sums{Seen: 10, Reported: 30}) || len(s.Torrents) != 1 {
		t.Errorf("after the stop the snapshot is %+v, want the totals and the row", s)
	}
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot(); s.Totals != (exchange.Sums{}) || len(s.Torrents) != 0 || len(s.Pending) != 0 {
		t.Errorf("after Reset the snapshot is %+v, want no totals and rows", s)
	}
}

func TestReloadAppliesAnEditedFile(t *testing.T) {
	enginetest.CheckGoroutines(t)
	e := enginetest.NewEngine(t, engine.Options{})
	path := filepath.Join(e.Folder(), "settings.json")
	if err := os.WriteFile(path, []byte(`{"multiplier": 6, "my_note": "mine"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.Reload(); err != nil || e.Snapshot().Factor != 6*policy.One || !strings.Contains(saved(t, e), "my_note") {
		t.Errorf("Reload: %v, factor %v; want 6, and the unknown key in the file", err, e.Snapshot().Factor)
	}
	for _, text := range []string{`{"multiplier": 600}`, `{"multiplier": 6`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := e.Reload(); err == nil || e.Snapshot().Factor != 6*policy.One || saved(t, e) != text {
			t.Errorf("%s: Reload returned %v", text, err)
		}
	}
}

// TestASettingsFileThatIsNoJSONIsNotChanged: the program must not start with the defaults, which multiply by 2, because
// the user may have written 1.
func TestASettingsFileThatIsNoJSONIsNotChanged(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "settings.json")
	const slip = "{\n  // my tracker forbids more\n  \"multiplier\": 1\n}\n"
	if err := os.WriteFile(path, []byte(slip), 0o600); err != nil {
		t.Fatal(err)
	}
	var syntax *settings.SyntaxError
	for range 2 { // without a window the program does not start; the folder is released again
		if _, err := engine.New(engine.Options{Folder: folder, Unwatched: true}); !errors.As(err, &syntax) || syntax.File != path || syntax.Line != 2 || syntax.Column != 3 {
			t.Fatalf("headless the start returns %v, want a syntax error at line 2, column 3", err)
		}
	}
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	if s := e.Snapshot(); s.State != engine.Off || s.Factor != policy.One || s.SettingsFault == nil || s.SettingsFault.Line != 2 {
		t.Errorf("with a window the snapshot is %+v, want Off at factor 1, and the error", s)
	}
	for what, err := range map[string]error{
		"Start":          e.Start(),
		"Change":         e.Change(func(s *settings.Settings) { s.JoinDuplicates = false }),
		"SetMultiplier":  e.SetMultiplier(5000),
		"SetTrackerRule": e.SetTrackerRule("t.example", policy.TrackerRule{Factor: 5000}),
	} {
		if !errors.As(err, &syntax) {
			t.Errorf("%s: %v, want the syntax error", what, err)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := saved(t, e); got != slip {
		t.Errorf("the file became %q, want it unchanged", got)
	}
}

func TestCorrectedSettingsAreReadAtTheNextStart(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "settings.json")
	if err := os.WriteFile(path, []byte(`{"multiplier": 6,}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := enginetest.NewEngine(t, engine.Options{Folder: folder, Listen: "127.0.0.1:0"})
	if err := os.WriteFile(path, []byte(`{"multiplier": 600}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong *settings.Error
	if err := e.Start(); !errors.As(err, &wrong) || wrong.Field != "multiplier" {
		t.Errorf("starting with the wrong file: %v, want the error of its multiplier", err)
	}
	if err := os.WriteFile(path, []byte(`{"multiplier": 6}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot(); s.State != engine.On || s.Factor != 6*policy.One || s.SettingsFault != nil {
		t.Errorf("with the corrected file the snapshot is %+v, want On at factor 6", s)
	}
}

func TestStartingOverBeginsAtFactorOne(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	const slip = `{"multiplier": 6, "li`
	if err := os.WriteFile(filepath.Join(folder, "settings.json"), []byte(slip), 0o600); err != nil {
		t.Fatal(err)
	}
	e := enginetest.NewEngine(t, engine.Options{Folder: folder, Listen: "127.0.0.1:0"})
	if err := e.StartOver(); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if s := e.Snapshot(); s.Factor != policy.One || s.SettingsFault != nil || e.Settings().Multiplier != policy.One || !json.Valid([]byte(saved(t, e))) {
		t.Errorf("the snapshot is %+v, want factor 1; saved is %s", s, saved(t, e))
	}
	aside, err := filepath.Glob(filepath.Join(folder, "settings.json.damaged-*"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("files set aside: %v (%v), want one", aside, err)
	}
	if b, err := os.ReadFile(aside[0]); err != nil || string(b) != slip {
		t.Errorf("the file set aside has %q (%v), want the former text", b, err)
	}
}

func TestInvalidSettingsPreventTheStartAndAreNotChanged(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for _, c := range []struct{ text, field string }{
		{`{"version": 2, "multiplier": 6, "listen": {"port": 1}}`, "version"},
		{`{"multiplier": 600}`, "multiplier"},
		{`{"listen": 8080}`, "listen"},
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "settings.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the folder is released again
			var se *settings.Error
			if _, err := engine.New(engine.Options{Folder: folder}); !errors.As(err, &se) || se.Field != c.field {
				t.Errorf("%s: %v, want a settings error of %s", c.text, err, c.field)
			}
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != c.text {
			t.Errorf("the file became %q (%v), want it unchanged", b, err)
		}
	}
}

// instanceAddr returns the address at which a second start reaches this engine.
func instanceAddr(t *testing.T, e *engine.Engine) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Folder(), "instance"))
	if err != nil {
		t.Fatal(err)
	}
	bell, _, _ := strings.Cut(string(b), " ")
	return bell
}

func TestASecondStartShowsTheWindowOfTheFirst(t *testing.T) {
	enginetest.CheckGoroutines(t)
	shown := make(chan struct{}, 1)
	e := enginetest.NewEngine(t, engine.Options{Show: func() { shown <- struct{}{} }})
	if !instance.RaiseRunning(e.Folder()) {
		t.Fatal("the first instance did not answer")
	}
	<-shown
	bell := instanceAddr(t, e)
	for _, wrongWord := range []string{"\n", "wrong\n", strings.Repeat("x", 100_000)} {
		c := enginetest.Dial(t, bell)
		_, _ = c.Conn.Write([]byte(wrongWord))
		if got := c.Rest(); got != "" {
			t.Errorf("a client that sends %.10q got %q, want nothing", wrongWord, got)
		}
	}
	if len(shown) > 0 {
		t.Error("a client without the secret word had the window shown")
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if instance.RaiseRunning(e.Folder()) || instance.RaiseRunning(t.TempDir()) {
		t.Error("a closed instance was shown")
	}
}

func TestASubscriberThatStopsReadingDoesNotBlockTheEngine(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	dead, live := e.Subscribe(), e.Subscribe()
	c := enginetest.Dial(t, e.Snapshot().Addr)
	for i := range 300 {
		if head, _ := c.Ask(enginetest.Announce(tr.Addr, strconv.Itoa(i), "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce got %q, want the tracker's answer", head)
		}
	}
	for range live.Changed() { // ends with the newest
		if s := e.Snapshot(); s.Seq == 300 {
			break
		}
	}
	live.Close()
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range dead.Changed() { // Close ends it
	}
	if s := e.Snapshot(); s.State != engine.Off || s.Totals.Seen != 299 {
		t.Errorf("the last snapshot is %+v, want Off with 299 uploaded", s)
	}
}
