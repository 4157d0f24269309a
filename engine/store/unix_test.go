//go:build unix

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"bittoratio/engine/store"
)

var systemRoles = map[string]func(folder string){
	"full":     playFull,
	"private":  playPrivate,
	"readonly": playReadOnly,
}

// outputOfChild runs a role to its end, and returns the lines that it printed.
func outputOfChild(t *testing.T, role, folder string) []string {
	t.Helper()
	cmd, out := startChild(t, role, folder)
	var lines []string
	for out.Scan() {
		lines = append(lines, out.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the child ended with %v after %q", err, lines)
	}
	return lines
}

// playPrivate makes every kind of file with the widest umask.
func playPrivate(folder string) {
	syscall.Umask(0)
	d, err := store.Open(folder)
	must(err)
	must(d.WriteFile(store.SettingsFile, []byte("{}")))
	must(d.WriteFile(store.LedgerFile, []byte("damaged\n"+line("a"))))
	for _, name := range []string{store.LedgerFile, store.SpoolFile} {
		j, _, err := d.OpenJournal(name, func([]byte) error { return nil })
		must(err)
		must(j.Append([]byte("a")))
		must(j.Rewrite(seq("b")))
		must(j.Close())
	}
	must(d.Close())
}

func TestEverythingIsPrivateWhateverTheUmask(t *testing.T) {
	outer := filepath.Join(t.TempDir(), "outer")
	outputOfChild(t, "private", filepath.Join(outer, "data"))
	files := 0
	err := filepath.WalkDir(outer, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if st.Mode().Perm() != want {
			t.Errorf("%s is %o, want %o", path, st.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || files != 5 { // lock, settings, two journals, one set aside
		t.Errorf("saw %d files, %v", files, err)
	}
}

func TestAnEmptyFolderIsMadePrivateAndAUsedOneKeepsItsMode(t *testing.T) {
	for _, c := range []struct {
		file string
		want fs.FileMode
	}{{"", 0o700}, {"holiday.jpg", 0o755}} {
		path := t.TempDir()
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(path, c.file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		openFolder(t, path)
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != c.want {
			t.Errorf("with %q in it: %v, %v", c.file, st.Mode(), err)
		}
	}
}

func TestSymlinksAndPipesAreNotFollowed(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := t.TempDir()
	if err := os.Symlink(victim, filepath.Join(linked, store.LockFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(linked); err == nil {
		t.Error("Open accepted a symbolic link as its lock file")
	}
	d := openFolder(t, t.TempDir())
	for _, plant := range []func(string) error{
		func(path string) error { return os.Symlink(victim, path) },
		func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		if err := plant(d.Path(store.LedgerFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReadFile(store.LedgerFile); !errors.Is(err, store.ErrNotPlain) {
			t.Errorf("read: %v", err)
		}
		if _, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil }); !errors.Is(err, store.ErrNotPlain) {
			t.Errorf("journal: %v", err)
		}
		if err := d.WriteFile(store.LedgerFile, []byte("ours")); err != nil { // replaces the link itself
			t.Error(err)
		}
		if err := os.Remove(d.Path(store.LedgerFile)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(victim, d.Path(store.SettingsFile+".tmp")); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFile(store.SettingsFile, []byte("ours")); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("the file behind the links became %q, %v", b, err)
	}
}

// limitFiles limits files to 4 KiB, until lift is called.
func limitFiles() (lift func()) {
	var before syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	limit := before
	limit.Cur = 4096
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	return func() { must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) }
}

// playFull uses a full disk: no file may exceed 4 KiB until the limit is lifted.
func playFull(folder string) {
	d, err := store.Open(folder)
	must(err)
	j, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	must(err)
	must(d.WriteFile(store.SettingsFile, []byte("old")))
	say := func(what string, err error) {
		var storeErr *store.Error
		fmt.Printf("%s: full %t, store.Error %t\n", what, errors.Is(err, syscall.EFBIG), errors.As(err, &storeErr))
	}
	lift := limitFiles()
	record := []byte(strings.Repeat("r", 300))
	for err = error(nil); err == nil; {
		if err = j.Append(record); err == nil {
			fmt.Println("appended")
		}
	}
	say("append", err)
	say("again", j.Append(record))
	say("rewrite", j.Rewrite(func(yield func([]byte) bool) {
		for range 100 {
			if !yield(record) {
				return
			}
		}
	}))
	say("write", d.WriteFile(store.SettingsFile, make([]byte, 5000)))
	lift()
	must(j.Append([]byte("room again")))
	must(j.Close())

	// A damaged journal on a full disk is read, left as it is, and continued.
	file, err := d.ReadFile(store.LedgerFile)
	must(err)
	must(d.WriteFile(store.SpoolFile, slices.Concat([]byte("damaged\n"), file, file)))
	lift = limitFiles()
	j, r, err := d.OpenJournal(store.SpoolFile, func([]byte) error { return nil })
	must(err)
	fmt.Printf("damaged: lost %d, aside %q\n", r.Lost, r.Aside)
	lift()
	must(j.Append([]byte("last")))
	must(j.Close())
	must(d.Close())
}

func TestAFullDiskLosesNothingAndRecovers(t *testing.T) {
	folder := t.TempDir()
	said := outputOfChild(t, "full", folder)
	n := 0
	for n < len(said) && said[n] == "appended" {
		n++
	}
	mustEqual(t, "the child", said[n:], []string{
		"append: full true, store.Error true", "again: full true, store.Error true",
		"rewrite: full true, store.Error true", "write: full true, store.Error true", `damaged: lost 1, aside ""`,
	})
	d := openFolder(t, folder)
	j, r, got := openJournal(t, d)
	want := append(slices.Repeat([]string{strings.Repeat("r", 300)}, n), "room again")
	mustEqual(t, "replay", got, want)
	if n < 10 || r.Lost > 0 || r.Torn {
		t.Errorf("%d records were appended, recovery %+v", n, r)
	}
	closeJournal(t, j)
	if b, err := d.ReadFile(store.SettingsFile); err != nil || string(b) != "old" {
		t.Errorf("settings became %d bytes, %v", len(b), err)
	}
	last := ""
	j, r, err := d.OpenJournal(store.SpoolFile, func(b []byte) error {
		last = string(b)
		return nil
	})
	if err != nil || r.Lost != 1 || r.Aside == "" || last != "last" {
		t.Errorf("after space was freed: %+v, last %q, %v", r, last, err)
	}
	if whole, err := d.ReadFile(r.Aside); err != nil || !bytes.HasPrefix(whole, []byte("damaged\n")) {
		t.Errorf("set aside: %v", err)
	}
	closeJournal(t, j)
	if left, _ := filepath.Glob(d.Path("*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// playReadOnly loses the permission to change the folder while it holds it, and gets it back.
func playReadOnly(folder string) {
	asUser := func(uid int) {
		if os.Getuid() == 0 { // for whom no folder is read-only
			must(syscall.Setreuid(-1, uid))
		}
	}
	say := func(what string, err error) {
		var storeErr *store.Error
		fmt.Printf("%s: refused %t, store.Error %t\n", what, errors.Is(err, fs.ErrPermission), errors.As(err, &storeErr))
	}
	d, err := store.Open(folder)
	must(err)
	j, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	must(err)
	must(j.Append([]byte("a")))
	must(os.Chmod(folder, 0o555))
	asUser(65534)
	say("write", d.WriteFile(store.SettingsFile, nil))
	say("rewrite", j.Rewrite(seq("A")))
	must(j.Append([]byte("b")))
	asUser(0)
	must(os.Chmod(folder, 0o700))
	must(j.Rewrite(seq("ab")))
	must(j.Append([]byte("c")))
	must(j.Close())
	must(d.Close())
	must(os.Remove(d.Path(store.LockFile)))
	must(os.Chmod(folder, 0o555))
	asUser(65534)
	_, err = store.Open(folder)
	say("open", err)
	asUser(0)
	must(os.Chmod(folder, 0o700))
}

func TestAReadOnlyFolderIsAnErrorAndRecovers(t *testing.T) {
	folder := t.TempDir()
	mustEqual(t, "the child", outputOfChild(t, "readonly", folder), []string{
		"write: refused true, store.Error true", "rewrite: refused true, store.Error true", "open: refused true, store.Error true",
	})
	d := openFolder(t, folder)
	j, _, got := openJournal(t, d)
	mustEqual(t, "replay", got, []string{"ab", "c"})
	closeJournal(t, j)
}
