package clientstest

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAFullOutputExitsWithStatus1 has a full disk behind standard output.
func TestAFullOutputExitsWithStatus1(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"-version"}, {"-setup", "list"}, {"-setup", "transmission"}, {"-launch", "list"}, {"-launch", "transmission"}} {
		cmd := exec.Command(binary, append(args, "-data", dataFolder(t))...)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		if status := exitStatus(t, cmd.Run()); status != 1 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v: exit status %d, standard error %q; want 1 and the reason", args, status, errs.String())
		}
	}
}
