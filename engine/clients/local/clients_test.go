//go:build unix

package local

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bittoratio/engine/clients"
	"bittoratio/engine/clients/change"
	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
)

// TestClosingWaitsForAChangeInProgress: the program does not end while it changes a client, because the client may just
// be stopped for a restart.
func TestClosingWaitsForAChangeInProgress(t *testing.T) {
	home := t.TempDir()
	for _, pipe := range []string{"begun", "go"} {
		if err := syscall.Mkfifo(filepath.Join(home, pipe), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(home, "restart")
	if err := os.WriteFile(script, []byte("cd '"+home+"'; echo begun >begun; read word <go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	on := file.System{Paths: clients.Paths{OS: "linux", Home: home, Getenv: func(string) string { return "" }}, Processes: func() ([]file.Process, error) { return nil, nil }}
	plan, err := change.New(t.Context(), on, change.Wanted{Way: find.Way{
		Means: find.ByDropIn, File: []file.File{{Path: filepath.Join(home, "drop.conf"), New: true}}, Edit: file.DropIn([]string{"a=b"}), Then: "sh " + script,
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := &Clients{Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	result, finished := make(chan error, 1), make(chan struct{})
	go func() { result <- c.ApplySetup(ctx, plan) }()
	begun, err := os.Open(filepath.Join(home, "begun"))
	if err != nil {
		t.Fatal(err)
	}
	defer begun.Close()
	if _, err := bufio.NewReader(begun).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel() // the window closes
	go func() {
		c.Finish()
		close(finished)
	}()
	for c.begin() { // until Finish has begun
		c.applying.Done()
	}
	select {
	case <-finished:
		t.Error("closing did not wait for the change")
	default:
	}
	if err := os.WriteFile(filepath.Join(home, "go"), []byte("word\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-finished
	if err := c.ApplySetup(t.Context(), plan); !errors.Is(err, context.Canceled) {
		t.Errorf("a change after closing: %v, want context.Canceled", err)
	}
}

// TestAClientStartedForAnEarlierAddressCanBeUndone: a client that was started for an earlier address of this program
// can be restarted as it was before, even if its proxy is not the present address.
func TestAClientStartedForAnEarlierAddressCanBeUndone(t *testing.T) {
	way := find.Way{Means: find.ByRestart}
	for _, c := range []struct {
		client        find.Client
		undo, pointed bool
	}{
		{find.Client{Proxy: "http://127.0.0.1:8080", Restarted: true}, true, false},
		{find.Client{Proxy: "http://127.0.0.1:8081", Restarted: true}, true, true},
		{find.Client{Proxy: "http://127.0.0.1:8081/"}, true, true}, // an earlier version did not mark what it started
		{find.Client{Proxy: "http://proxy.example:1"}, false, false},
	} {
		if f := newFound(c.client, way, "127.0.0.1:8081"); f.Undo != c.undo || f.Pointed != c.pointed {
			t.Errorf("%+v: undo %t, pointed %t; want %t, %t", c.client, f.Undo, f.Pointed, c.undo, c.pointed)
		}
		if f := newFound(c.client, find.Way{Means: find.ByStart}, "127.0.0.1:8081"); f.Undo {
			t.Errorf("%+v: an undo is offered, though nothing runs", c.client)
		}
	}
}

// TestAFlatpakLooksForNoClients: the programs and processes that it sees are its own.
func TestAFlatpakLooksForNoClients(t *testing.T) {
	t.Setenv("FLATPAK_ID", "org.x")
	c := &Clients{Here: func() Here { t.Error("it looks"); return Here{} }}
	if found := c.FindClients(t.Context()); len(found) > 0 || c.Enclosed().Flatpak != "org.x" {
		t.Errorf("found %+v in %+v, want nothing in org.x", found, c.Enclosed())
	}
}
