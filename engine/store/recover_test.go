package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bittoratio/engine/store"
)

var five = []string{`{"k":1,"r":1000}`, ``, `third`, "tab\tand\rno line feed \xff\x00", `{"k":5}`}

// line frames a payload as the package documents it, but with other code.
func line(payload string) string {
	return fmt.Sprintf("%08x %s\n", crc32.Checksum([]byte(payload), crc32.MakeTable(crc32.Castagnoli)), payload)
}

// damaged lists the files set aside in d.
func damaged(t testing.TB, d *store.Folder) []string {
	t.Helper()
	names, err := filepath.Glob(d.Path(store.LedgerFile + ".damaged-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// mustAppendAndReplay checks that an opened journal accepts a record, and that the next start finds all records and no
// damage.
func mustAppendAndReplay(t testing.TB, d *store.Folder, j *store.Journal, existing []string) {
	t.Helper()
	appendAll(t, j, "one more")
	closeJournal(t, j)
	j, r, got := openJournal(t, d)
	mustEqual(t, "after one more", got, append(slices.Clone(existing), "one more"))
	if r.Lost != 0 || r.Torn || r.Aside != "" {
		t.Fatalf("the second start had to recover again: %+v", r)
	}
	closeJournal(t, j)
}

func TestTheFormatOfAJournalIsAsDocumented(t *testing.T) {
	want := line("BittOratio journal 1")
	for _, r := range five {
		want += line(r)
	}
	if got := written(t, five...); string(got) != want {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func TestAJournalCutAtAnyByteReplaysToAPrefix(t *testing.T) {
	whole := written(t, five...)
	d := openFolder(t, t.TempDir())
	for cut := range len(whole) + 1 {
		if err := d.WriteFile(store.LedgerFile, whole[:cut]); err != nil {
			t.Fatal(err)
		}
		j, r, got := openJournal(t, d)
		lines := bytes.Count(whole[:cut], []byte("\n"))
		mustEqual(t, fmt.Sprintf("cut at %d", cut), got, five[:max(lines-1, 0)])
		if torn := cut > 0 && whole[cut-1] != '\n'; r.Torn != torn || r.Lost != 0 || r.Aside != "" {
			t.Fatalf("cut at %d: %+v", cut, r)
		}
		mustAppendAndReplay(t, d, j, got)
	}
	if left := damaged(t, d); len(left) > 0 {
		t.Errorf("a torn last line was set aside: %q", left)
	}
}

func TestAFlippedByteLosesOnlyItsLineAndTheFileIsSetAside(t *testing.T) {
	whole := written(t, five...)
	for at := range whole {
		t.Run(fmt.Sprint("byte ", at), func(t *testing.T) {
			t.Parallel() // mostly it waits for the disk
			for _, mask := range []byte{0x01, 0x20, whole[at] ^ '\n'} {
				if mask == 0 {
					continue
				}
				flipped := bytes.Clone(whole)
				flipped[at] ^= mask
				checkFlipped(t, whole, flipped, at)
			}
		})
	}
}

// checkFlipped opens a journal of five records with one wrong byte.
func checkFlipped(t *testing.T, clean, flipped []byte, at int) {
	t.Helper()
	d := openFolder(t, t.TempDir())
	if err := d.WriteFile(store.LedgerFile, flipped); err != nil {
		t.Fatal(err)
	}
	j, r, got := openJournal(t, d)
	hit := bytes.Count(clean[:at], []byte("\n")) // line 0 is the header
	var want []string
	for i, r := range five {
		if joined := clean[at] == '\n' && i == hit; i+1 != hit && !joined {
			want = append(want, r)
		}
	}
	mustEqual(t, fmt.Sprintf("byte %d is %#x", at, flipped[at]), got, want)
	if at == len(clean)-1 {
		if !r.Torn || r.Aside != "" {
			t.Fatalf("without the last line feed: %+v", r)
		}
	} else {
		if r.Lost < 1 || r.Torn || r.Aside == "" {
			t.Fatalf("byte %d is %#x: %+v", at, flipped[at], r)
		}
		aside, err := d.ReadFile(r.Aside)
		if err != nil || !bytes.Equal(aside, flipped) {
			t.Fatalf("the file set aside is not the damaged one: %v", err)
		}
	}
	mustAppendAndReplay(t, d, j, got)
}

func TestReplayReadsEveryKindOfContent(t *testing.T) {
	header := line("BittOratio journal 1")
	long := strings.Repeat("x", 1<<20-10)
	for _, c := range []struct {
		name, file string
		want       []string
		lost       int
		torn       bool
	}{
		{"empty", "", nil, 0, false},
		{"header only", header, nil, 0, false},
		{"no header", line("a") + line("b"), []string{"a", "b"}, 0, false},
		{"header damaged", "x" + header + line("a"), []string{"a"}, 1, false},
		{"header of another kind", line("BittOratio diary 9") + line("a"), []string{"BittOratio diary 9", "a"}, 0, false},
		{"header later is a record", header + line("BittOratio journal 9"), []string{"BittOratio journal 9"}, 0, false},
		{"empty lines", header + "\n\n" + line("a") + "\n", []string{"a"}, 3, false},
		{"capital digits", header + strings.ToUpper(line("record")[:8]) + " record\n" + line("a"), []string{"a"}, 1, false},
		{"longest", header + line(long) + line("a"), []string{long, "a"}, 0, false},
		{"too long", header + line(long+"x") + line("a"), []string{"a"}, 1, false},
		{"far too long", header + strings.Repeat("y", 5<<20) + "\n" + line("a"), []string{"a"}, 1, false},
		{"zeros at the end", header + line("a") + strings.Repeat("\x00", 4096), []string{"a"}, 0, true},
		{"endless last line", header + line("a") + strings.Repeat("\x00", 2<<20), []string{"a"}, 1, false},
		{"damage and torn", header + "bad\n" + line("a") + "0123", []string{"a"}, 1, true},
		{"CRLF", strings.ReplaceAll(header+line("a"), "\n", "\r\n"), nil, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openFolder(t, t.TempDir())
			if err := d.WriteFile(store.LedgerFile, []byte(c.file)); err != nil {
				t.Fatal(err)
			}
			j, r, got := openJournal(t, d)
			mustEqual(t, "replay", got, c.want)
			if r.Lost != c.lost || r.Torn != c.torn {
				t.Errorf("%+v, want lost %d torn %t", r, c.lost, c.torn)
			}
			if c.lost > 0 && r.Aside == "" {
				t.Error("records were lost, but no file was set aside")
			}
			mustAppendAndReplay(t, d, j, got)
		})
	}
}

func TestARecordThatTheCallerRefusesIsSetAside(t *testing.T) {
	d := openFolder(t, t.TempDir())
	file := written(t, five...)
	if err := d.WriteFile(store.LedgerFile, file); err != nil {
		t.Fatal(err)
	}
	j, r, err := d.OpenJournal(store.LedgerFile, func(b []byte) error {
		if string(b) == "third" {
			return errors.New("cannot read that")
		}
		return nil
	})
	if err != nil || r.Lost != 1 || r.Records != 4 || r.Aside == "" {
		t.Fatalf("unexpected result: %+v, %v", r, err)
	}
	if aside, err := d.ReadFile(r.Aside); err != nil || !bytes.Equal(aside, file) {
		t.Fatalf("set aside: %q, %v", aside, err)
	}
	mustAppendAndReplay(t, d, j, slices.Delete(slices.Clone(five), 2, 3))
}

func TestANewerVersionIsRefusedAndNotChanged(t *testing.T) {
	d := openFolder(t, t.TempDir())
	file := []byte(line("BittOratio journal 2") + "whatever\nthat version writes")
	if err := d.WriteFile(store.LedgerFile, file); err != nil {
		t.Fatal(err)
	}
	_, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	var storeErr *store.Error
	if !errors.Is(err, store.ErrNewer) || !errors.As(err, &storeErr) || storeErr.File != store.LedgerFile {
		t.Fatalf("got %v", err)
	}
	if now, err := d.ReadFile(store.LedgerFile); err != nil || !bytes.Equal(now, file) {
		t.Fatalf("the file became %q, %v", now, err)
	}
	entries, _ := os.ReadDir(d.Path("."))
	if len(entries) != 2 { // the file and the lock
		t.Errorf("the folder now holds %v", entries)
	}
}

// TestDamagedFilesNeverOverwriteEachOther: the newest three stay, so that a fault at each start cannot fill the disk.
func TestDamagedFilesNeverOverwriteEachOther(t *testing.T) {
	d := openFolder(t, t.TempDir())
	const other = "settings.json.damaged-20200101T000000Z"
	if err := os.WriteFile(d.Path(other), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := os.Stat(d.Path(other)); err != nil {
			t.Errorf("another file's copy: %v", err)
		}
	}()
	for i := range 5 { // within one second, so the stamps are the same
		if err := d.WriteFile(store.LedgerFile, []byte(fmt.Sprintf("damaged %d\n", i))); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if _, err := d.SetAside(store.LedgerFile); err != nil {
				t.Fatal(err)
			}
			continue
		}
		j, _, _ := openJournal(t, d)
		closeJournal(t, j)
	}
	seen := map[string]bool{}
	for _, name := range damaged(t, d) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(b)] = true
	}
	if len(seen) != 3 || !seen["damaged 2\n"] || !seen["damaged 3\n"] || !seen["damaged 4\n"] {
		t.Errorf("of 5 damaged files these remain: %v", seen)
	}
}

func TestAJournalCanBeOpenOnlyOnce(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	if _, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil }); !errors.Is(err, store.ErrOpenedOnce) {
		t.Errorf("second open: %v", err)
	}
	closeJournal(t, j)
	j, _, _ = openJournal(t, d)
	closeJournal(t, j)
}

func TestARecordThatWouldBreakTheFileIsRefused(t *testing.T) {
	d := openFolder(t, t.TempDir())
	j, _, _ := openJournal(t, d)
	for _, bad := range []string{"a\nb", "\n", strings.Repeat("x", 1<<20-9)} {
		if err := j.Append([]byte(bad)); !errors.Is(err, store.ErrBadRecord) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	mustAppendAndReplay(t, d, j, nil)
	if err := j.Append(nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("append after Close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
