//go:build unix

package launch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAProgramThatFailsAtOnceCountsAsNotStarted: a program that ends at once with an error, or does not exist, has not
// started. A program that puts itself into the background, or keeps running, has.
func TestAProgramThatFailsAtOnceCountsAsNotStarted(t *testing.T) {
	for script, started := range map[string]bool{"exit 3": false, "sleep 0.2; exit 3": false, "exit 0": true, "sleep 3": true} {
		if err := Again("/bin/sh", []string{"-c", script}, nil, "/"); (err == nil) != started || err != nil && !errors.Is(err, ErrEnded) {
			t.Errorf("starting %q: %v, want it started: %v", script, err, started)
		}
	}
	if err := Again("/nowhere/client", nil, nil, "/"); !errors.Is(err, ErrEnded) {
		t.Errorf("starting a program that does not exist: %v, want ErrEnded", err)
	}
}

// TestTheEnvironmentOfAStartedClientIsMarked: the environment of a client that this program starts has a mark and the
// former values; that of other clients has none.
func TestTheEnvironmentOfAStartedClientIsMarked(t *testing.T) {
	t.Setenv("A", "before")
	for _, proxied := range []bool{true, false} {
		envFile := filepath.Join(t.TempDir(), "env")
		c := Command{Program: "/bin/sh", Args: []string{"-c", "env >" + envFile}, Env: []string{"A=1", "B="}, Found: true, Proxied: proxied}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(envFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\nA=1\n", "\nB=\n", "\n" + Mark + "=A B\n", "\nA" + FormerSuffix + "=before\n"} {
			if has := strings.Contains("\n"+string(text), want); has != (proxied || !strings.Contains(want, "bittoratio")) {
				t.Errorf("proxied %t: the environment has %q: %t, want %t", proxied, want, has, !has)
			}
		}
		if strings.Contains(string(text), "B"+FormerSuffix) {
			t.Errorf("the environment has the former value of an empty variable:\n%s", text)
		}
	}
}
