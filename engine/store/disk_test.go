package store

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// fakeDisk is a file in memory whose calls can be made to fail.
type fakeDisk struct {
	mu                   sync.Mutex
	b                    []byte
	room                 int // bytes that the file may have; 0 for no limit
	truncateErr, syncErr error
	syncs, writes        int // how many calls
}

func (f *fakeDisk) ReadAt(b []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.NewReader(f.b).ReadAt(b, at)
}

func (f *fakeDisk) WriteAt(b []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes++
	fits := len(b)
	if f.room > 0 {
		fits = max(min(fits, f.room-int(at)), 0)
	}
	if short := int(at) + fits - len(f.b); short > 0 {
		f.b = append(f.b, make([]byte, short)...)
	}
	copy(f.b[at:], b[:fits])
	if fits < len(b) {
		return fits, syscall.ENOSPC
	}
	return fits, nil
}

func (f *fakeDisk) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.truncateErr == nil {
		f.b = f.b[:size]
	}
	return f.truncateErr
}

func (f *fakeDisk) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncs++
	return f.syncErr
}

func (f *fakeDisk) Close() error { return nil }

func (f *fakeDisk) calls() (syncs, writes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.syncs, f.writes
}

func (f *fakeDisk) fail(room int, truncateErr, syncErr error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room, f.truncateErr, f.syncErr = room, truncateErr, syncErr
}

// records replays what is on the disk. Any damage fails the test.
func (f *fakeDisk) records(t *testing.T) (got []string) {
	t.Helper()
	s, err := scan(bytes.NewReader(f.b), func(b []byte) error {
		got = append(got, string(b))
		return nil
	})
	if err != nil || s.lost > 0 || s.torn || s.headless {
		t.Fatalf("scan of the disk returned %+v, %v", s, err)
	}
	return got
}

func fakeJournal(f *fakeDisk) *Journal {
	return newJournal(&Folder{journals: map[string]bool{}}, LedgerFile, f, 0, 0)
}

func TestABurstSharesASyncWithinASecondAndAnIdleJournalMakesNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeDisk{}
		j := fakeJournal(f)
		for burst := 1; burst <= 3; burst++ {
			for range 100 {
				if err := j.Append([]byte("a")); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
			if syncs, _ := f.calls(); syncs != burst {
				t.Errorf("%d syncs one second after burst %d", syncs, burst)
			}
			time.Sleep(time.Hour)
		}
		// A steady trickle of records must not delay the sync forever.
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			if err := j.Append([]byte("b")); err != nil {
				t.Fatal(err)
			}
		}
		if syncs, _ := f.calls(); syncs-3 < 10 || syncs-3 > 20 {
			t.Errorf("%d syncs in 10 seconds of appends", syncs-3)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if n := len(f.records(t)); n != 400 {
			t.Errorf("%d records on the disk, want 400", n)
		}
	})
}

func TestAFullDiskNeverLeavesATornRecordInTheMiddle(t *testing.T) {
	for _, truncateErr := range []error{nil, syscall.EIO} {
		f := &fakeDisk{}
		j := fakeJournal(f)
		mustAppend := func(record string) {
			t.Helper()
			if err := j.Append([]byte(record)); err != nil {
				t.Fatal(err)
			}
		}
		mustAppend("one")
		for room := range 60 { // the disk is full at every byte of the next record
			f.fail(len(f.b)+room, truncateErr, nil)
			err := j.Append(bytes.Repeat([]byte("x"), 60))
			var storeErr *Error
			if !errors.As(err, &storeErr) || storeErr.Op != "append" || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("append with room for %d bytes: %v", room, err)
			}
			if truncateErr != nil {
				if err := j.Append([]byte("small")); !errors.Is(err, truncateErr) {
					t.Fatalf("Append wrote behind a torn record, or returned another error: %v", err)
				}
			}
			f.fail(0, nil, nil)
			mustAppend("again")
		}
		if got := f.records(t); len(got) != 61 || got[0] != "one" || got[60] != "again" {
			t.Errorf("got %q", got)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAfterAFailedSyncAppendsAreRefusedUntilTheDiskRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeDisk{}
		j := fakeJournal(f)
		f.fail(0, nil, syscall.EIO)
		if err := j.Append([]byte("before")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		err := j.Append([]byte("during"))
		var storeErr *Error
		if !errors.As(err, &storeErr) || storeErr.Op != "sync" || !errors.Is(err, syscall.EIO) {
			t.Fatalf("append after a failed sync: %v", err)
		}
		_, writes := f.calls()
		f.fail(0, nil, nil)
		time.Sleep(time.Second)
		if _, now := f.calls(); now == writes {
			t.Error("data that the failed sync may have dropped was not written again")
		}
		if err := j.Append([]byte("after")); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if got := f.records(t); len(got) != 2 || got[0] != "before" || got[1] != "after" {
			t.Errorf("got %q", got)
		}
	})
}

// TestARewriteReplacesALostFile: the disk was unplugged and plugged in again, or a file server restarted.
// The open file fails forever, but its folder works.
func TestARewriteReplacesALostFile(t *testing.T) {
	for name, lose := range map[string]func(f *fakeDisk, j *Journal){
		"as it was written": func(f *fakeDisk, j *Journal) {
			f.fail(1, syscall.EIO, syscall.EIO)
			if j.Append([]byte("lost")) == nil {
				t.Error("Append or Sync succeeded on a file that is lost")
			}
		},
		"as it was synced": func(f *fakeDisk, j *Journal) {
			f.fail(0, syscall.EIO, syscall.EIO)
			_ = j.Append([]byte("lost"))
			if j.Sync() == nil || j.Append([]byte("lost")) == nil {
				t.Error("Append or Sync succeeded on a file that is lost")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			f := &fakeDisk{}
			j := newJournal(d, LedgerFile, f, 0, 0)
			if err := j.Append([]byte("one")); err != nil {
				t.Fatal(err)
			}
			lose(f, j)
			state := func(yield func([]byte) bool) { yield([]byte("the present state")) }
			if err := j.Rewrite(state); err != nil {
				t.Fatal(err)
			}
			if err := j.Append([]byte("after")); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			var got []string
			if err := d.ReadJournal(LedgerFile, func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, ", ") != "the present state, after" {
				t.Errorf("on the disk: %q", got)
			}
		})
	}
}

func TestCloseReportsWhenTheLastRecordIsNotOnTheDisk(t *testing.T) {
	f := &fakeDisk{}
	j := fakeJournal(f)
	if err := j.Append([]byte("a")); err != nil {
		t.Fatal(err)
	}
	f.fail(0, nil, syscall.EIO)
	if err := j.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
}

func TestAReadErrorIsNotTakenForDamage(t *testing.T) {
	broken := io.MultiReader(bytes.NewReader(appendHeader(nil)), brokenReader{})
	if _, err := scan(broken, func([]byte) error { return nil }); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, syscall.EIO }

// joined are the records of one group, as their appends wait for it.
type joined []func() error

func join(j *Journal, records ...string) (all joined) {
	for _, r := range records {
		g, end := j.join([]byte(r))
		all = append(all, func() error { return j.finish(g, end) })
	}
	return all
}

func TestRecordsOfTheSameMomentShareAWrite(t *testing.T) {
	f := &fakeDisk{}
	j := fakeJournal(f)
	defer j.Close()
	for _, records := range [][]string{{"a", "b", "c"}, {"d"}, {"e", "f"}} { // a group is used again after the next one
		_, before := f.calls()
		for _, finish := range join(j, records...) {
			if err := finish(); err != nil {
				t.Fatal(err)
			}
			if _, writes := f.calls(); writes != before+1 {
				t.Errorf("%q took %d writes", records, writes-before)
			}
		}
	}
	if got := strings.Join(f.records(t), ""); got != "abcdef" {
		t.Errorf("the journal has %q", got)
	}
	if _, records := j.Size(); records != 6 {
		t.Errorf("Size counts %d records", records)
	}
}

// TestAWriteThatFailsInTheMiddleKeepsExactlyTheAcknowledgedRecords also lets a record join the next group while the error
// of the first is still awaited. What was written is cut off or not, and the file may be empty before.
func TestAWriteThatFailsInTheMiddleKeepsExactlyTheAcknowledgedRecords(t *testing.T) {
	line := len(appendLine(nil, []byte("0")))
	for _, truncateErr := range []error{nil, syscall.EIO} {
		for _, before := range []string{"", "x"} {
			for room := 0; room <= len(appendHeader(nil))+3*line; room++ {
				f := &fakeDisk{}
				j := fakeJournal(f)
				var want []string
				if before != "" {
					if err := j.Append([]byte(before)); err != nil {
						t.Fatal(err)
					}
					want = append(want, before)
				}
				size, _ := j.Size()
				f.fail(max(int(size)+room, 1), truncateErr, nil)
				finish := join(j, "0", "1", "2")
				err := finish[2]()
				next := join(j, "last")
				for i, name := range []string{"0", "1"} {
					if finish[i]() == nil {
						want = append(want, name)
					}
				}
				if err == nil {
					want = append(want, "2")
				}
				if got := f.whole(); !slices.Equal(got, want) {
					t.Errorf("room for %d bytes after %q: the file has %q, but %q are acknowledged", room, before, got, want)
				}
				f.fail(0, nil, nil)
				if err := next[0](); err != nil {
					t.Errorf("the append after that returned %v", err)
				}
				if got := f.records(t); !slices.Equal(got, append(want, "last")) {
					t.Errorf("room for %d bytes after %q: the journal has %q, want %q and the last", room, before, got, want)
				}
				if _, records := j.Size(); records != len(want)+1 {
					t.Errorf("Size counts %d records, want %d", records, len(want)+1)
				}
				_ = j.Close()
			}
		}
	}
}

// whole returns the records that a start would find now.
func (f *fakeDisk) whole() (got []string) {
	_, _ = scan(bytes.NewReader(f.b), func(b []byte) error {
		got = append(got, string(b))
		return nil
	})
	return got
}
