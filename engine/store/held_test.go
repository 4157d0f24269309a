package store_test

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/store"
)

// changed opens a folder with a journal of one record, calls change, and returns the error of an append one minute
// later: the journal checks its file once a minute.
func changed(t *testing.T, change func(d *store.Folder)) (*store.Folder, *store.Journal, error) {
	t.Helper()
	d := openFolder(t, t.TempDir()+"/data")
	j, _, _ := openJournal(t, d)
	t.Cleanup(func() { _ = j.Close() })
	if err := j.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	change(d)
	time.Sleep(59 * time.Second)
	if err := j.Append([]byte("two")); err != nil {
		t.Errorf("within the minute: %v", err)
	}
	time.Sleep(time.Second)
	return d, j, j.Append([]byte("three"))
}

func all(records ...string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, r := range records {
			if !yield([]byte(r)) {
				return
			}
		}
	}
}

func TestARemovedLockIsNoticedAndTakenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, j, err := changed(t, func(d *store.Folder) { _ = os.Remove(d.Path(store.LockFile)) })
		if !errors.Is(err, store.ErrLockGone) {
			t.Fatalf("append: %v", err)
		}
		if err := j.Rewrite(all("one", "two")); err != nil {
			t.Fatalf("rewrite: %v", err)
		}
		if err := j.Append([]byte("three")); err != nil {
			t.Errorf("append after the rewrite: %v", err)
		}
		var existing *store.LockedError
		if _, err := store.Open(d.Path(".")); !errors.As(err, &existing) || existing.PID != os.Getpid() {
			t.Errorf("another start: %v", err)
		}
	})
}

// TestAFolderTakenByAnotherProcessIsNotWritten: two programs that write to one ledger would lose each other's totals.
func TestAFolderTakenByAnotherProcessIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var other *store.Folder
		d, j, err := changed(t, func(d *store.Folder) {
			_ = os.Remove(d.Path(store.LockFile))
			other = openFolder(t, d.Path("."))
		})
		if !errors.Is(err, store.ErrTakenOver) {
			t.Fatalf("append: %v", err)
		}
		if err := j.Rewrite(all("one")); !errors.Is(err, store.ErrTakenOver) {
			t.Errorf("rewrite: %v", err)
		}
		if err := d.WriteFile(store.NamesFile, nil); !errors.Is(err, store.ErrTakenOver) {
			t.Errorf("write: %v", err)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		if err := j.Rewrite(all("one")); err != nil { // the other process has ended
			t.Errorf("rewrite afterwards: %v", err)
		}
	})
}

func TestARemovedFolderIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, j, err := changed(t, func(d *store.Folder) { _ = os.RemoveAll(d.Path(".")) })
		if !errors.Is(err, store.ErrFolderGone) {
			t.Errorf("append: %v", err)
		}
		if err := j.Rewrite(all("one")); !errors.Is(err, store.ErrFolderGone) {
			t.Errorf("rewrite: %v", err)
		}
		if err := os.Mkdir(d.Path("."), 0o700); err != nil { // the user repairs it
			t.Fatal(err)
		}
		if err := j.Rewrite(all("one", "two")); err != nil {
			t.Fatalf("rewrite in a new folder: %v", err)
		}
		if err := j.Append([]byte("three")); err != nil {
			t.Errorf("append in a new folder: %v", err)
		}
	})
}

func TestARemovedJournalIsNoticedAndWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, j, err := changed(t, func(d *store.Folder) { _ = os.Remove(d.Path(store.LedgerFile)) })
		if !errors.Is(err, store.ErrFileGone) {
			t.Fatalf("append: %v", err)
		}
		if err := j.Append([]byte("three")); !errors.Is(err, store.ErrFileGone) {
			t.Errorf("append again: %v", err)
		}
		if err := j.Rewrite(all("one", "two")); err != nil {
			t.Fatal(err)
		}
		if err := j.Append([]byte("three")); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := d.ReadJournal(store.LedgerFile, func(r []byte) error {
			got = append(got, string(r))
			return nil
		}); err != nil || len(got) != 3 {
			t.Errorf("read again: %v, %v", got, err)
		}
	})
}
