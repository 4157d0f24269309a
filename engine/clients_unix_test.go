//go:build unix

package engine

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
	"bittoratio/engine/clients/local"
	"bittoratio/engine/settings"
)

func newLaunching(t *testing.T) *Engine {
	t.Helper()
	e, err := New(Options{Folder: filepath.Join(t.TempDir(), "it's here"), Log: slog.New(slog.DiscardHandler), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(t.Context()); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Errorf("Close returned %v", err)
		}
	})
	if err := e.Change(func(s *settings.Settings) { s.OpenHTTPS, s.OpenHosts = true, []string{"tracker.example"} }); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestACardStartsItsOwnProgram: a card's button starts that card's program, even if another one of the
// same client is installed.
func TestACardStartsItsOwnProgram(t *testing.T) {
	e := newLaunching(t)
	dir := t.TempDir()
	for _, name := range []string{"transmission-gtk", "transmission-qt"} {
		script := "#!/bin/sh\ntouch '" + filepath.Join(dir, name+".started") + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	qt := local.Found{Client: find.Client{Key: "transmission", Program: "transmission-qt", Path: filepath.Join(dir, "transmission-qt")}, Way: find.Way{Launch: "transmission"}}
	if err := e.StartFound(&qt); err != nil { // returns when the program has ended
		t.Fatal(err)
	}
	if started, err := filepath.Glob(filepath.Join(dir, "*.started")); err != nil || len(started) != 1 || filepath.Base(started[0]) != "transmission-qt.started" {
		t.Errorf("started %q (%v), want transmission-qt", started, err)
	}
	qt.Path = filepath.Join(dir, "gone", "transmission-qt")
	if err := e.StartFound(&qt); !errors.Is(err, launch.ErrNotFound) {
		t.Errorf("starting a program that was removed: %v, want ErrNotFound", err)
	}
}

func TestAClientIsStartedWithProxyAndCertificates(t *testing.T) {
	e := newLaunching(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	script := "#!/bin/sh\nprintf '%s|' \"$http_proxy\" \"$CURL_CA_BUNDLE\" \"$no_proxy\" > '" + out + ".part'\nmv '" + out + ".part' '" + out + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "transmission-gtk"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := e.LaunchClient("unknown"); !errors.Is(err, launch.ErrNotFound) {
		t.Errorf("starting an unknown client: %v, want ErrNotFound", err)
	}
	if err := e.LaunchClient("transmission"); !errors.Is(err, local.ErrOff) {
		t.Errorf("starting a client while the engine is off: %v, want ErrOff", err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.LaunchClient("transmission"); err != nil {
		t.Fatal(err)
	}
	snap := e.Snapshot()
	want := "http://" + snap.Addr + "|" + snap.HTTPS.Bundle + "||"
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if got, err := os.ReadFile(out); err == nil {
			if string(got) != want {
				t.Errorf("the client got %q, want %q", got, want)
			}
			break
		} else if time.Now().After(end) {
			t.Fatal("the client was not started")
		}
	}
}
