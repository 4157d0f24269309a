//go:build unix

package launch

import (
	"errors"
	"testing"
)

// A program that ends at once with a fault, or is not there, has not started; one that goes into the background by itself
// has, and so has one that stays.
func TestAProgramThatEndsAtOnceHasNotStarted(t *testing.T) {
	for script, started := range map[string]bool{"exit 3": false, "sleep 0.2; exit 3": false, "exit 0": true, "sleep 3": true} {
		if err := Again("/bin/sh", []string{"-c", script}, nil, "/"); (err == nil) != started || err != nil && !errors.Is(err, ErrEnded) {
			t.Errorf("%s: %v", script, err)
		}
	}
	if err := Again("/nowhere/client", nil, nil, "/"); !errors.Is(err, ErrEnded) {
		t.Errorf("what is not there: %v", err)
	}
}
