package names

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bittoratio/engine/bittorrent"
)

// file returns a .torrent file with an info dictionary, and the torrent's info hash.
func file(dict string) (string, bittorrent.InfoHash) {
	return "d8:announce20:http://t.test/SECRET4:info" + dict + "e", sha1.Sum([]byte(dict))
}

func single(name string, size int) (string, bittorrent.InfoHash) {
	return file(fmt.Sprintf("d6:lengthi%de4:name%d:%s6:pieces0:7:privatei1ee", size, len(name), name))
}

func TestTorrentFilesGiveNameSizeAndPrivacy(t *testing.T) {
	for dict, want := range map[string]Torrent{
		"d6:lengthi7e4:name3:abc6:pieces0:7:privatei1ee":                        {"abc", 7, true, false},
		"d6:lengthi7e4:name3:abc6:pieces0:7:privatei0ee":                        {"abc", 7, false, false},
		"d6:lengthi7e4:name3:abc6:pieces0:7:privatei2ee":                        {"abc", 7, true, false},
		"d5:filesld6:lengthi7eed6:lengthi5eee4:name3:abc6:pieces0:e":            {"abc", 12, false, false},
		"d6:lengthi7e4:name3:abc10:name.utf-84:d\u00e9fe":                       {"d\u00e9f", 7, false, false},
		"d9:file treed1:ad0:d6:lengthi3eee1:bd1:cd0:d6:lengthi4eeeee4:name1:xe": {"x", 7, false, false},
		"d6:lengthi-7e4:name3:abc7:private3:yese":                               {"abc", 0, false, false},
		"d6:length3:abc4:namei1ee":                                              {"", 0, false, false},
	} {
		b := NewBook()
		text, h := file(dict)
		if got, _, err := b.Take([]byte(text)); err != nil || got != h || b.Lookup(h) != want {
			t.Errorf("%s: %+v (%v), want %+v", dict, b.Lookup(h), err, want)
		}
	}
}

func TestAHybridTorrentIsKnownByBothHashes(t *testing.T) {
	dict := "d9:file treed1:ad0:d6:lengthi3eee5:filesld6:lengthi3eee12:meta versioni2e4:name1:x6:pieces0:e"
	dict = strings.Replace(dict, "eee5:files", "eeee5:files", 1)
	text, h := file(dict)
	b := NewBook()
	if _, _, err := b.Take([]byte(text)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(dict))
	if v1, v2 := b.Lookup(h), b.Lookup(bittorrent.InfoHash(sum[:20])); v1 != v2 || v1.Name != "x" || v1.Size != 3 {
		t.Errorf("Lookup returned %+v, %+v", v1, v2)
	}
}

func TestAMagnetAddsANameAndRemovesNothing(t *testing.T) {
	b := NewBook()
	text, h := single("from the file", 9)
	if _, fresh, err := b.Take([]byte(text)); err != nil || !fresh {
		t.Fatalf("Take returned %v", err)
	}
	if _, fresh, err := b.Take([]byte("magnet:?xt=urn:btih:" + h.String() + "&dn=from+the+link&tr=http%3A%2F%2Ft.test%2FSECRET")); err != nil || !fresh {
		t.Errorf("Take returned %v %v", fresh, err)
	}
	if got := b.Lookup(h); got != (Torrent{"from the link", 9, true, false}) {
		t.Errorf("Lookup returned %+v", got)
	}
	if _, _, err := b.Take([]byte("magnet:?dn=SECRET")); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("Take returned %v", err)
	}
}

func TestTheBookIsSavedAndDamageRemovesNothing(t *testing.T) {
	b, again := NewBook(), NewBook()
	text, h := single("a", 5)
	_, _, _ = b.Take([]byte(text))
	if strings.Contains(string(b.Text()), "SECRET") {
		t.Error("Text has a tracker address")
	}
	if err := again.Restore(b.Text()); err != nil || again.Lookup(h) != b.Lookup(h) {
		t.Errorf("Lookup returned %+v (%v)", again.Lookup(h), err)
	}
	for _, text := range []string{"", "{", `{"x": 1}`, `[1]`} {
		if err := NewBook().Restore([]byte(text)); err == nil {
			t.Errorf("Restore accepted %q", text)
		}
	}
	if got := b.Named(strings.ToUpper(b.Lookup(h).Name)); !slices.Contains(got, h) || len(b.Named("")) != 0 || len(b.Named("no such name")) != 0 {
		t.Errorf("found %v", got)
	}
	if b.Add(h, b.Lookup(h)) {
		t.Error("Add reported a change for a torrent that it already had")
	}
}

func TestHostileNamesAreCleaned(t *testing.T) {
	for name, want := range map[string]string{
		"plain name":                      "plain name",
		"  two \t\n blanks  ":             "two blanks",
		"a\x00b\x1b[31mc":                 "ab[31mc",
		"exe.\u202egpj.scr":               "exe.gpj.scr",
		"\u2066x\u2069\u200b\ufeff":       "x",
		"bad \xff utf":                    "bad \ufffd utf",
		"e\u0301\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301",
		"\u0301x":                         "x",
		"\u00a0caf\u00e9\u2028x":          "caf\u00e9 x",
		"":                                "",
	} {
		if got := Clean(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	if got := Clean(strings.Repeat("\u4e00", 100_000)); utf8.RuneCountInString(got) != nameLength+1 || !strings.HasSuffix(got, "\u2026") {
		t.Errorf("Clean left %d characters", utf8.RuneCountInString(got))
	}
}

// TestANameOfTenMegabytesIsCutOff, in the book and in the list that is saved.
func TestANameOfTenMegabytesIsCutOff(t *testing.T) {
	text, h := single(strings.Repeat("x\u202e", 10<<18), 1)
	b := NewBook()
	if _, _, err := b.Take([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if n := len(b.Lookup(h).Name); n == 0 || n > 4*nameLength || len(b.Text()) > 2000 {
		t.Errorf("the name has %d bytes, the text of the book %d", n, len(b.Text()))
	}
}

// FuzzClean checks that every name becomes a single line without characters that change the direction of text.
func FuzzClean(f *testing.F) {
	f.Add("a\u202eb\x00 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > nameLength+2 || Clean(got) != got && utf8.RuneCountInString(got) < nameLength {
			t.Fatalf("%q became %q and %q", s, got, Clean(got))
		}
		for _, r := range got {
			if r != ' ' && !unicode.IsPrint(r) {
				t.Fatalf("%q has the unprintable character %U", got, r)
			}
		}
	})
}

// FuzzTake checks that no file crashes the reader, and that a file gives a name only to its own torrent.
func FuzzTake(f *testing.F) {
	text, _ := single("a", 5)
	f.Add([]byte(text))
	f.Add([]byte("magnet:?xt=urn:btih:0123456789012345678901234567890123456789&dn=x"))
	f.Add([]byte("d4:infod9:file treed1:ad0:d6:lengthi3eeeeee"))
	f.Fuzz(func(t *testing.T, b []byte) {
		book := NewBook()
		if h, fresh, err := book.Take(b); err != nil && (fresh || h != bittorrent.InfoHash{}) {
			t.Fatalf("%q: Take returned %s, %v, %v", b, h, fresh, err)
		}
	})
}

func TestTheFoldersOfClientsOnEachSystem(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".rtorrent.rc"), []byte("# session = ~/not\nsession.path.set = ~/rt/session\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string {
		return map[string]string{"LOCALAPPDATA": `C:\L`, "APPDATA": `C:\A`, "TRANSMISSION_HOME": "/own"}[name]
	}
	for system, want := range map[string][]string{
		"linux": {
			"/own/torrents", home + "/.config/transmission/torrents", home + "/.local/share/qBittorrent/BT_backup", home + "/.config/deluge/state", home + "/rt/session",
			home + "/.var/app/org.qbittorrent.qBittorrent/data/qBittorrent/BT_backup", home + "/snap/transmission/current/.config/transmission/torrents",
			"/var/lib/transmission-daemon/.config/transmission-daemon/torrents",
		},
		"darwin":  {home + "/Library/Application Support/Transmission/Torrents", home + "/Library/Application Support/qBittorrent/BT_backup", home + "/.config/deluge/state"},
		"windows": {`C:\L/qBittorrent/BT_backup`, `C:\A/deluge/state`, `C:\L/transmission/Torrents`},
	} {
		got := strings.ReplaceAll(strings.Join(Places(system, home, env), "\n"), `\`, `/`) + "\n"
		for _, w := range want {
			if !strings.Contains(got, strings.ReplaceAll(w, `\`, `/`)+"\n") {
				t.Errorf("%s: %s is missing in\n%s", system, w, got)
			}
		}
	}
	if Places("linux", "", env) != nil {
		t.Error("without a home there are no places")
	}
}

// watching runs a watcher, and sends a value for each change.
func watching(t *testing.T, book *Book) (w *Watcher, changed chan struct{}) {
	changed = make(chan struct{}, 100)
	w = NewWatcher(book, func() { changed <- struct{}{} })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("the watcher did not stop within 10 seconds")
		}
	})
	return w, changed
}

func wait(t *testing.T, changed chan struct{}) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(20 * time.Second):
		t.Fatal("no change was reported within 20 seconds")
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnUnknownTorrentCausesTheFoldersToBeReadSoon: its file may be in a folder that was made after the last read.
func TestAnUnknownTorrentCausesTheFoldersToBeReadSoon(t *testing.T) {
	dir, there := filepath.Join(t.TempDir(), "made later"), t.TempDir()
	text, h := single("new", 1)
	old, _ := single("old", 1)
	put(t, there, "old.torrent", old)
	book := NewBook()
	w, changed := watching(t, book)
	w.SetFolders([]string{dir, there})
	wait(t, changed) // the second file has been read, so the first was missing
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "new.torrent", text)
	began := time.Now()
	for range 100 {
		w.Look()
	}
	if wait(t, changed); book.Lookup(h).Name != "new" || time.Since(began) > lookPause+5*time.Second {
		t.Errorf("Lookup returned %+v after %s", book.Lookup(h), time.Since(began))
	}
}

// TestADatabaseInPlaceOfAFolderIsReported: qBittorrent can store its torrents in one.
func TestADatabaseInPlaceOfAFolderIsReported(t *testing.T) {
	home := t.TempDir()
	put(t, home, "torrents.db", "SQLite format 3")
	w, changed := watching(t, NewBook())
	w.SetFolders([]string{filepath.Join(home, "BT_backup"), filepath.Join(home, "other")})
	if wait(t, changed); len(w.Databases()) != 1 || w.Databases()[0] != filepath.Join(home, "torrents.db") {
		t.Errorf("Databases returned %q", w.Databases())
	}
	w.SetFolders(nil)
	if wait(t, changed); len(w.Databases()) != 0 {
		t.Errorf("Databases returned %q", w.Databases())
	}
}

func TestFoldersAreReadAndWatched(t *testing.T) {
	dir, later := t.TempDir(), filepath.Join(t.TempDir(), "torrents")
	one, h1 := single("one", 1)
	two, h2 := single("two", 2)
	put(t, dir, h1.String()+".torrent", one)
	put(t, dir, "broken.torrent", "d4:info")
	put(t, dir, "notes.txt", two)
	put(t, dir, "huge.torrent", strings.Repeat("x", fileSize+1))
	book := NewBook()
	w, changed := watching(t, book)
	w.SetFolders([]string{dir, later, filepath.Join(dir, "notes.txt")})
	wait(t, changed)
	if book.Lookup(h1).Name != "one" || book.Lookup(h2).Name != "" {
		t.Fatalf("Lookup returned %+v %+v", book.Lookup(h1), book.Lookup(h2))
	}
	put(t, dir, "two.torrent", two)
	wait(t, changed)
	if book.Lookup(h2).Name != "two" {
		t.Errorf("Lookup returned %+v", book.Lookup(h2))
	}
	three, h3 := single("three", 3)
	if err := os.Mkdir(later, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, later, "3.torrent", three)
	w.SetFolders([]string{later})
	wait(t, changed)
	if book.Lookup(h3).Name != "three" || book.Lookup(h1).Name != "one" {
		t.Error("a folder created later was not read, or a known name was lost")
	}
}
