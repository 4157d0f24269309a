package store_test

import (
	"bytes"
	"errors"
	"testing"

	"bittoratio/engine/store"
)

// FuzzReplay checks for any file that replay gives only records with a correct checksum, that the damaged file is kept,
// and that the journal continues after those records.
func FuzzReplay(f *testing.F) {
	f.Fuzz(func(t *testing.T, file []byte) {
		d := openFolder(t, t.TempDir())
		if err := d.WriteFile(store.LedgerFile, file); err != nil {
			t.Fatal(err)
		}
		var got []string
		j, r, err := d.OpenJournal(store.LedgerFile, func(b []byte) error {
			if !bytes.Contains(file, []byte(line(string(b)))) {
				t.Errorf("replay returned a record that is not in the file: %q", b)
			}
			got = append(got, string(b))
			return nil
		})
		if errors.Is(err, store.ErrNewer) {
			if now, err := d.ReadFile(store.LedgerFile); err != nil || !bytes.Equal(now, file) {
				t.Fatalf("a file of a newer version was changed: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Lost > 0 {
			aside, err := d.ReadFile(r.Aside)
			if err != nil || !bytes.HasPrefix(file, aside) || bytes.ContainsRune(file[len(aside):], '\n') {
				t.Fatalf("set aside %q: %v", aside, err)
			}
		}
		mustAppendAndReplay(t, d, j, got)
	})
}
