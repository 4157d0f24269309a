package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bittoratio/engine/store"
)

func openFolder(t testing.TB, path string) *store.Folder {
	t.Helper()
	d, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// openJournal opens the ledger of d, and returns its records.
func openJournal(t testing.TB, d *store.Folder) (*store.Journal, store.Recovery, []string) {
	t.Helper()
	var got []string
	j, r, err := d.OpenJournal(store.LedgerFile, func(b []byte) error {
		got = append(got, string(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Records != len(got) {
		t.Errorf("Recovery has %d records, want the %d replayed ones", r.Records, len(got))
	}
	return j, r, got
}

func appendAll(t testing.TB, j *store.Journal, records ...string) {
	t.Helper()
	for _, r := range records {
		if err := j.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
}

func closeJournal(t testing.TB, j *store.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustEqual(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %q, want %q", what, got, want)
	}
}

// written returns the bytes of a journal file with these records.
func written(t testing.TB, records ...string) []byte {
	t.Helper()
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	appendAll(t, j, records...)
	closeJournal(t, j)
	b, err := os.ReadFile(d.Path(store.LedgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordsComeBackInOrder(t *testing.T) {
	d := openFolder(t, filepath.Join(t.TempDir(), "a", "b"))
	var want []string
	for round := range 3 {
		j, r, got := openJournal(t, d)
		mustEqual(t, "replay", got, want)
		if r.Lost != 0 || r.Torn || r.Aside != "" {
			t.Fatalf("an undamaged journal was recovered: %+v", r)
		}
		for i := range 5 {
			want = append(want, fmt.Sprintf(`{"round":%d,"i":%d}`, round, i))
			appendAll(t, j, want[len(want)-1])
		}
		want = append(want, "")
		appendAll(t, j, "")
		if _, n := j.Size(); n != len(want) {
			t.Errorf("Size returned %d records, want %d", n, len(want))
		}
		closeJournal(t, j)
	}
}
