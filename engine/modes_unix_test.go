//go:build unix

package engine_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
)

// TestFilesAreTheUsersAlone holds S12 where the system's default would let everybody write.
func TestFilesAreTheUsersAlone(t *testing.T) {
	enginetest.CheckGoroutines(t)
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	folder := filepath.Join(t.TempDir(), "new", "folder")
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Folder: folder, Show: func() {}})
	told(t, e, tr, "0", "&event=started")
	told(t, e, tr, "10", "")
	if err := e.SetMultiplier(3 * engine.One); err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Reset(); err != nil { // which writes journals anew
		t.Fatal(err)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, dir := range []string{filepath.Dir(folder), folder} {
		if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, st.Mode(), err)
		}
	}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		files++
		if st, err := d.Info(); err != nil || st.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", d.Name(), st.Mode(), err)
		}
		return nil
	})
	if err != nil || files < 6 {
		t.Errorf("%d files, %v", files, err)
	}
}
