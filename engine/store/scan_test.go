package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// FuzzDamage replaces a part of an undamaged journal by junk. It checks that every record whose line was not touched,
// and whose predecessor still ends in a line feed, is read; that nothing else is; and that what repair writes is read
// the same.
func FuzzDamage(f *testing.F) {
	f.Fuzz(func(t *testing.T, records, junk []byte, at, length uint16) {
		file, untouched := spoil(bytes.Split(records, []byte("\n")), junk, int(at), int(length))
		got, s, err := scanAll(file)
		if errors.Is(err, ErrNewer) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		left := slices.Clone(got)
		for _, want := range untouched {
			i := slices.Index(left, want)
			if i < 0 {
				t.Fatalf("%q is lost or out of order; got %q", want, got)
			}
			left = left[i+1:]
		}
		for _, r := range got {
			if !bytes.Contains(file, appendLine(nil, []byte(r))) {
				t.Fatalf("read a record that is not in the file: %q", r)
			}
		}
		var repaired bytes.Buffer
		if err := copyGood(&repaired, bytes.NewReader(file), &s); err != nil {
			t.Fatal(err)
		}
		again, s, err := scanAll(repaired.Bytes())
		if err != nil || s.lost > 0 || s.torn || !slices.Equal(again, got) {
			t.Fatalf("repaired: %q, %+v, %v; before: %q", again, s, err, got)
		}
	})
}

// spoil returns a journal in which junk replaces length bytes at a position, and the records that this did not touch.
func spoil(records [][]byte, junk []byte, at, length int) (file []byte, untouched []string) {
	file = appendHeader(nil)
	var starts []int
	for _, r := range records {
		starts = append(starts, len(file))
		file = appendLine(file, r)
	}
	at %= len(file) + 1
	to := min(at+length, len(file))
	for i, r := range records {
		end := starts[i] + frameSize + len(r)
		if end <= at || starts[i] > to || at == to && starts[i] == to && len(junk) == 0 {
			untouched = append(untouched, string(r))
		}
	}
	return slices.Concat(file[:at], junk, file[to:]), untouched
}

func scanAll(file []byte) (got []string, s scanned, err error) {
	s, err = scan(bytes.NewReader(file), func(b []byte) error {
		got = append(got, string(b))
		return nil
	})
	return got, s, err
}
