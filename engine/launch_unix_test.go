//go:build unix

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAClientIsStartedWithWhatItNeeds(t *testing.T) {
	e := newLaunching(t, true)
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	script := "#!/bin/sh\nprintf '%s|' \"$http_proxy\" \"$CURL_CA_BUNDLE\" \"$no_proxy\" > '" + out + ".part'\nmv '" + out + ".part' '" + out + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "transmission-gtk"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := e.LaunchClient("transmission"); !errors.Is(err, ErrOff) {
		t.Errorf("while off: %v", err)
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
				t.Errorf("the client got %q, not %q", got, want)
			}
			break
		} else if time.Now().After(end) {
			t.Fatal("it was not started")
		}
	}
}
