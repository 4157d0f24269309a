package store_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
)

// childRole is the environment variable that names the role of a child process, which it plays instead of running
// tests.
const childRole = "BITTORATIO_STORE_CHILD"

// TestMain lets the test program be its own child: crashes, limits and locks need another process to be real.
func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	play := roles[role]
	if play == nil {
		play = systemRoles[role]
	}
	play(os.Args[len(os.Args)-1])
}

// startChild runs the test program in a role on a folder. The scanner reads its output line by line.
func startChild(t *testing.T, role, folder string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, folder)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// must ends a child that cannot play its role.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
