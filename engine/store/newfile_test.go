package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"bittoratio/engine/store"
)

// TestANewFileAppearsWhole: a client that watches the folder reads a .torrent as soon as it sees it.
func TestANewFileAppearsWhole(t *testing.T) {
	folder, b := t.TempDir(), bytes.Repeat([]byte("torrent "), 1<<20)
	for i := range 20 {
		path := filepath.Join(folder, strconv.Itoa(i))
		var written sync.WaitGroup
		written.Go(func() {
			if err := store.WriteBeside(path, b, 0o644); err != nil {
				t.Error(err)
			}
		})
		st, err := os.Stat(path)
		for errors.Is(err, fs.ErrNotExist) && !t.Failed() {
			st, err = os.Stat(path)
		}
		if err == nil && st.Size() != int64(len(b)) {
			t.Errorf("a reader saw %d of %d bytes", st.Size(), len(b))
		}
		written.Wait()
	}
	if list, err := os.ReadDir(folder); err != nil || len(list) != 20 {
		t.Errorf("the folder has %d files, %v", len(list), err)
	}
}

func TestANewFileNeverReplacesAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.torrent")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteBeside(path, []byte("other"), 0o644); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Errorf("the file is %q", b)
	}
	if list, _ := os.ReadDir(filepath.Dir(path)); len(list) != 1 {
		t.Errorf("%d files in the folder, want 1", len(list))
	}
}
