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

// startFailing starts the program for a test in which it fails to start. It has no probe.
func (d *desktop) startFailing(env []string, args ...string) *prog {
	d.t.Helper()
	p := &prog{d: d, done: make(chan error, 1), cmd: exec.Command(binary, args...)}
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = env, d.dir, &p.out, &p.out
	must(d.t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	d.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// waitForFailure waits until the program has ended, and checks its exit status and that its output contains words but
// no goroutine trace.
func (p *prog) waitForFailure(status int, words string) {
	p.d.t.Helper()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != status {
			p.d.t.Errorf("the program ended with %v, want status %d", err, status)
		}
	case <-time.After(20 * time.Second):
		p.d.t.Fatal("the program did not end within 20 s")
	}
	if out := p.out.String(); !strings.Contains(out, words) || strings.Contains(out, "goroutine ") {
		p.d.t.Errorf("the program printed %q, want %q without a goroutine trace", out, words)
	}
}

// TestAFailedStartIsExplainedInAWindow: a user who starts the program with a click does not see standard error.
func TestAFailedStartIsExplainedInAWindow(t *testing.T) {
	d := newDesktop(t, stubHost)
	must(t, os.WriteFile(d.path("file"), nil, 0o600))
	d.settings(`{"version": 7}`)
	withoutHome := slices.DeleteFunc(slices.Clone(d.env), func(v string) bool { return strings.HasPrefix(v, "HOME=") })
	for _, c := range []struct {
		name   string
		env    []string
		args   []string
		status int
		words  string
	}{
		{"folder", d.env, []string{"-data", d.path("file")}, 1, "not a directory"},
		{"settings", d.env, d.args(), 1, "version is 7"},
		{"home", withoutHome, nil, 2, "place is not known"},
	} {
		p := d.startFailing(c.env, c.args...)
		eventually(t, "a window shows why the start failed: "+c.name, func() bool { p.win = p.visible(); return p.win != "" })
		p.focus()
		eventually(t, "the window is drawn", func() bool { now := d.capture(p.win, "fault-"+c.name); return len(colours(now, now.Rect)) > 6 })
		d.shot("fault-" + c.name)
		p.key("Escape")
		p.waitForFailure(c.status, c.words)
	}
}

// TestADesktopWithoutOpenGLShowsItsOwnMessage: without OpenGL Fyne opens no window, so the program uses a message tool
// of the desktop, here kdialog.
func TestADesktopWithoutOpenGLShowsItsOwnMessage(t *testing.T) {
	d := newDesktop(t, stubHost)
	d.startX("-extension", "GLX") // its DISPLAY comes later in the environment, so it is the one that counts
	must(t, os.Mkdir(d.path("bin"), 0o700))
	message := d.path("message")
	must(t, os.WriteFile(d.path("bin", "kdialog"), []byte("#!/bin/sh\nfor a; do echo \"$a\"; done > "+message+".new && mv "+message+".new "+message+"\n"), 0o700))
	must(t, os.WriteFile(d.path("file"), nil, 0o600))
	env := append(slices.Clone(d.env), "PATH="+d.path("bin")+":"+os.Getenv("PATH"))
	for words, args := range map[string][]string{
		"cannot open its window": d.args(),
		"not a directory":        {"-data", d.path("file")},
	} {
		_ = os.Remove(message)
		d.startFailing(env, args...).waitForFailure(1, "bittoratio: ")
		eventually(t, "kdialog got the message "+words, func() bool { b, err := os.ReadFile(message); return err == nil && strings.Contains(string(b), words) })
	}
	env = slices.DeleteFunc(slices.Clone(d.env), func(v string) bool { return strings.HasPrefix(v, "DISPLAY=") })
	d.startFailing(env, d.args()...).waitForFailure(1, "no window can be opened here")
}
