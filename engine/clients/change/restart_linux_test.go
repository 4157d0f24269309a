package change

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/clients/find"
)

// TestAProgramIsRestartedWithVariables holds that a program that runs ends in order, and starts again with its own words,
// in its own folder, with the variables.
func TestAProgramIsRestartedWithVariables(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "said")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // a writer too, so that it does not end with the first program
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if err := pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	expect := func(want string) {
		t.Helper()
		if got, err := lines.ReadString('\n'); err != nil || got != want+"\n" {
			t.Fatalf("it says %q, %v; want %q", got, err, want)
		}
	}
	var running int // what the program says of itself
	started := func(proxy string) {
		t.Helper()
		said, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if running, err = strconv.Atoi(strings.TrimSpace(said)); err != nil {
			t.Fatal(err)
		}
		expect(proxy + "|yes|a word|b=c|" + home)
	}
	script := "trap 'echo ended >> \"" + path + "\"; exit 0' TERM\necho $$ >> '" + path + "'; echo \"$http_proxy|$KEPT|$0|$1|$PWD\" >> '" + path + "'\nwhile :; do sleep 0.05; done\n"
	cmd := exec.Command("/bin/sh", "-c", script, "a word", "b=c")
	cmd.Env, cmd.Dir = []string{"KEPT=yes", "PATH=" + os.Getenv("PATH"), "http_proxy=http://other.example:1"}, home
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // its parent takes note of its end, or it would still be there
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(running, syscall.SIGKILL)
		_ = cmd.Process.Kill()
		<-ended
	})
	started("http://other.example:1")

	w := Wanted{Client: find.Client{PIDs: []int{cmd.Process.Pid}}, Way: find.Way{Means: find.ByRestart, Variables: []string{"http_proxy=http://" + addr, "no_proxy="}}}
	p := do(t, quiet(home), w)
	if p.Replaced != "http://other.example:1" || len(p.Changes) != 1 || p.Changes[0].After != "http://"+addr {
		t.Errorf("%+v", p)
	}
	expect("ended")
	started("http://" + addr)
	// The number of a program that has ended may be another program's.
	if p, err := New(t.Context(), quiet(home), w); err == nil && p.Apply(t.Context()) == nil {
		t.Error("a program that has ended was ended")
	}
	w.Client.PIDs, w.Back = []int{running}, true
	if p := do(t, quiet(home), w); len(p.Changes) != 2 {
		t.Errorf("%+v", p.Changes)
	}
	expect("ended")
	started("")
}
