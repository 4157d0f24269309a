//go:build e2e

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// begin starts the program, which is to fail, and has no probe.
func (d *desk) begin(env []string, args ...string) *prog {
	d.t.Helper()
	p := &prog{d: d, done: make(chan error, 1), cmd: exec.Command(binary, args...)}
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = env, d.dir, &p.out, &p.out
	must(d.t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	d.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// fails waits until the program has ended with a status, in words and without a trace of goroutines.
func (p *prog) fails(status int, words string) {
	p.d.t.Helper()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != status {
			p.d.t.Errorf("it ended with %v, want status %d", err, status)
		}
	case <-time.After(20 * time.Second):
		p.d.t.Fatal("it did not end")
	}
	if said := p.out.String(); !strings.Contains(said, words) || strings.Contains(said, "goroutine ") {
		p.d.t.Errorf("it said %q", said)
	}
}

// TestStartThatFailsSaysWhyInAWindow: who starts it with a click sees no standard error.
func TestStartThatFailsSaysWhyInAWindow(t *testing.T) {
	d := newDesk(t, stubHost)
	must(t, os.WriteFile(d.path("file"), nil, 0o600))
	d.settings(`{"version": 7}`)
	homeless := slices.DeleteFunc(slices.Clone(d.env), func(v string) bool { return strings.HasPrefix(v, "HOME=") })
	for _, c := range []struct {
		name   string
		env    []string
		args   []string
		status int
		words  string
	}{
		{"folder", d.env, []string{"-data", d.path("file")}, 1, "not a directory"},
		{"settings", d.env, d.args(), 1, "version is 7"},
		{"home", homeless, nil, 2, "place is not known"},
	} {
		p := d.begin(c.env, c.args...)
		eventually(t, "a window says why: "+c.name, func() bool { p.win = p.visible(); return p.win != "" })
		p.focus()
		eventually(t, "it is drawn", func() bool { now := d.look(p.win, "fault-"+c.name); return len(colours(now, now.Rect)) > 6 })
		d.shot("fault-" + c.name)
		p.key("Escape")
		p.fails(c.status, c.words)
	}
}

// TestADesktopWithoutOpenGLShowsItsOwnMessage: Fyne has no window there.
func TestADesktopWithoutOpenGLShowsItsOwnMessage(t *testing.T) {
	d := newDesk(t, stubHost)
	d.startX("-extension", "GLX") // the later display counts
	must(t, os.Mkdir(d.path("bin"), 0o700))
	said := d.path("said")
	must(t, os.WriteFile(d.path("bin", "kdialog"), []byte("#!/bin/sh\nfor a; do echo \"$a\"; done > "+said+".new && mv "+said+".new "+said+"\n"), 0o700))
	must(t, os.WriteFile(d.path("file"), nil, 0o600))
	env := append(slices.Clone(d.env), "PATH="+d.path("bin")+":"+os.Getenv("PATH"))
	for words, args := range map[string][]string{
		"cannot open its window": d.args(),
		"not a directory":        {"-data", d.path("file")},
	} {
		_ = os.Remove(said)
		d.begin(env, args...).fails(1, "bittoratio: ")
		eventually(t, "it is said", func() bool { b, err := os.ReadFile(said); return err == nil && strings.Contains(string(b), words) })
	}
	env = slices.DeleteFunc(slices.Clone(d.env), func(v string) bool { return strings.HasPrefix(v, "DISPLAY=") })
	d.begin(env, d.args()...).fails(1, "no window can be opened here")
}
