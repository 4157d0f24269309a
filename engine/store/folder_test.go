package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bittoratio/engine/store"
)

func TestAFolderIsHeldOnceInThisProcess(t *testing.T) {
	path := t.TempDir()
	d := openFolder(t, path)
	_, err := store.Open(path)
	var locked *store.LockedError
	if !errors.As(err, &locked) || locked.Path != path || locked.PID != os.Getpid() {
		t.Fatalf("second Open: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	openFolder(t, path)
}

func TestAFolderHeldByAnotherProcessNamesItAndIsFreeAfterItsKill(t *testing.T) {
	path := t.TempDir()
	cmd, out := startChild(t, "hold", path)
	if !out.Scan() {
		t.Fatal("the child could not open the folder")
	}
	_, err := store.Open(path)
	var locked *store.LockedError
	if !errors.As(err, &locked) || locked.PID != cmd.Process.Pid {
		t.Fatalf("Open while process %d has it open: %v", cmd.Process.Pid, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	openFolder(t, path)
}

func TestAnInvalidFolderIsRefusedWithAReason(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", file, filepath.Join(file, "below")} {
		d, err := store.Open(path)
		var storeErr *store.Error
		if d != nil || !errors.As(err, &storeErr) {
			t.Errorf("Open(%q): %v", path, err)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file became %q, %v", b, err)
	}
}

func TestAFileIsReplacedWhole(t *testing.T) {
	d := openFolder(t, t.TempDir())
	if _, err := d.ReadFile(store.SettingsFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	// What a crash during a write leaves.
	if err := os.WriteFile(d.Path(store.SettingsFile+".tmp"), []byte(strings.Repeat("x", 999)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"long content", "short", ""} {
		if err := d.WriteFile(store.SettingsFile, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if b, err := d.ReadFile(store.SettingsFile); err != nil || string(b) != content {
			t.Errorf("got %q, %v", b, err)
		}
	}
	if left, _ := filepath.Glob(d.Path("*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestNamesOutsideTheFolderAreRefused(t *testing.T) {
	d := openFolder(t, t.TempDir())
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/etc/passwd"} {
		_, readErr := d.ReadFile(name)
		_, asideErr := d.SetAside(name)
		_, _, openErr := d.OpenJournal(name, func([]byte) error { return nil })
		for _, err := range []error{readErr, asideErr, openErr, d.WriteFile(name, nil)} {
			if !errors.Is(err, store.ErrBadName) {
				t.Errorf("%q: unexpected error %v", name, err)
			}
		}
	}
}

func TestAFileThatIsSetAsideStillExists(t *testing.T) {
	d := openFolder(t, t.TempDir())
	if _, err := d.SetAside(store.SettingsFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := d.WriteFile(store.SettingsFile, []byte("{")); err != nil {
		t.Fatal(err)
	}
	name, err := d.SetAside(store.SettingsFile)
	if err != nil || !strings.HasPrefix(name, store.SettingsFile+".damaged-") {
		t.Fatalf("set aside as %q, %v", name, err)
	}
	if b, err := d.ReadFile(name); err != nil || string(b) != "{" {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := d.ReadFile(store.SettingsFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old name: %v", err)
	}
}
