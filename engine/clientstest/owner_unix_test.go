//go:build unix

package clientstest

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

func TestTheDataFolderIsForItsOwnerOnly(t *testing.T) {
	old := syscall.Umask(0) // the modes must not depend on it
	defer syscall.Umask(old)
	dir := dataFolder(t)
	tracker := startTracker(t, answers(goodAnswer))
	p := startProgram(t, dir)
	exchange(t, p.addr, announceTo(tracker.addr, "/announce", "uploaded=0&downloaded=0&left=9&event=started"))
	p.stop()
	files := 0
	err := filepath.Walk(dir, func(path string, f os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if f.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if f.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, f.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("found %d files in the data folder (%v), want some", files, err)
	}
}

// TestADemonstrationLeavesNoFilesWhenItsTerminalEnds: its clients are inside it, so there are no settings to read
// again.
func TestADemonstrationLeavesNoFilesWhenItsTerminalEnds(t *testing.T) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // nohup packaging/test ignores it; the program must not inherit that
	defer signal.Stop(hangup)
	temporary := t.TempDir()
	p := startProgramIn(t, []string{"TMPDIR=" + temporary}, dataFolder(t), "-demo")
	if left, err := os.ReadDir(temporary); err != nil || len(left) == 0 {
		t.Fatalf("the demonstration has no folder in TMPDIR (%v)", err)
	}
	p.signal(syscall.SIGHUP)
	if status := p.wait(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("the demonstration left %v (%v), want nothing", left, err)
	}
}
