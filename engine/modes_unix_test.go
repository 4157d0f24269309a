//go:build unix

package engine_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// TestFilesAreAccessibleToTheUserOnly even with a umask that allows all users to write.
func TestFilesAreAccessibleToTheUserOnly(t *testing.T) {
	enginetest.CheckGoroutines(t)
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	folder := filepath.Join(t.TempDir(), "new", "folder")
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Folder: folder, Show: func() {}})
	reportedFor(t, e, tr, "0", "&event=started")
	reportedFor(t, e, tr, "10", "")
	if err := e.SetMultiplier(3 * policy.One); err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Reset(); err != nil { // this rewrites journals
		t.Fatal(err)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, dir := range []string{filepath.Dir(folder), folder} {
		if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("folder %s has mode %v (%v), want 0700", dir, st.Mode(), err)
		}
	}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		files++
		if st, err := d.Info(); err != nil || st.Mode() != 0o600 {
			t.Errorf("file %s has mode %v (%v), want 0600", d.Name(), st.Mode(), err)
		}
		return nil
	})
	if err != nil || files < 6 {
		t.Errorf("%d files, want at least 6; error: %v", files, err)
	}
}

// TestASharedFolderKeepsItsModeAndItsFilesBecomePrivate: a data folder may be shared intentionally, which is logged,
// but restored copies of its files may have a wrong mode, which is corrected.
func TestASharedFolderKeepsItsModeAndItsFilesBecomePrivate(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	files := []string{"settings.json", "spool.journal", "ledger.journal", "answers.journal", "lock"}
	first := enginetest.NewEngine(t, engine.Options{Folder: filepath.Join(folder, "first")})
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join(first.Folder(), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	e := enginetest.NewEngine(t, engine.Options{Folder: folder, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(folder); err != nil || st.Mode().Perm() != 0o755 || !strings.Contains(log.String(), "can list the data folder") {
		t.Errorf("the folder has mode %v (%v), want 0755, and a line in the log:\n%s", st.Mode(), err, log.String())
	}
	for _, name := range files {
		if st, err := os.Stat(filepath.Join(folder, name)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("file %s has mode %v (%v), want 0600", name, st.Mode(), err)
		}
	}
}
