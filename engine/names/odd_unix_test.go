//go:build unix

package names

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestPipesAndSymlinksAreNotRead: reading a pipe would never end, and a link may lead anywhere.
func TestPipesAndSymlinksAreNotRead(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	text, h := single("elsewhere", 1)
	put(t, elsewhere, "x.torrent", text)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.torrent"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(elsewhere, "x.torrent"), filepath.Join(dir, "link.torrent")); err != nil {
		t.Fatal(err)
	}
	good, mine := single("good", 2)
	put(t, dir, "zz.torrent", good)
	book := NewBook()
	w, changed := watching(t, book)
	w.SetFolders([]string{filepath.Join(dir, "pipe.torrent"), dir})
	wait(t, changed)
	if book.Lookup(mine).Name != "good" || book.Lookup(h).Name != "" {
		t.Errorf("Lookup returned %+v %+v", book.Lookup(mine), book.Lookup(h))
	}
	if _, _, err := book.TakeFile(filepath.Join(dir, "pipe.torrent")); err == nil {
		t.Error("TakeFile read a pipe")
	}
}

// TestASymlinkedSettingsFileIsRead: many keep their settings in another folder, and link to them.
func TestASymlinkedSettingsFileIsRead(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	put(t, elsewhere, "rc", "session.path.set = ~/rt/session\n")
	if err := os.Symlink(filepath.Join(elsewhere, "rc"), filepath.Join(home, ".rtorrent.rc")); err != nil {
		t.Fatal(err)
	}
	if all := Places("linux", home, func(string) string { return "" }); !slices.Contains(all, filepath.Join(home, "rt/session")) {
		t.Errorf("Places returned %q", all)
	}
}
