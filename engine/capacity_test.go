package engine_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/store"
)

// writeLedger makes a ledger of so many sessions, each written so many times, the last time at a moment of its own.
func writeLedger(t *testing.T, folder string, sessions, times int, last func(session int) time.Time) {
	t.Helper()
	d, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := d.OpenJournal(store.LedgerFile, func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	err = j.Rewrite(func(yield func([]byte) bool) {
		var record []byte
		for i := range times * sessions {
			var k ledger.Key
			binary.BigEndian.PutUint32(k.InfoHash[:], uint32(i%sessions))
			n := uint64(i/sessions + 1)
			s := ledger.Session{Seen: n, Reported: 3 * n, Last: last(i % sessions).UnixMilli()}
			if record = ledger.AppendRecord(record[:0], k, &s, "tracker.example"); !yield(record) {
				return
			}
		}
	})
	for _, err := range []error{err, j.Close(), d.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func ledgerSize(t *testing.T, folder string) int64 {
	t.Helper()
	st, err := os.Stat(filepath.Join(folder, store.LedgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

func TestAHundredThousandSessionsStartWithinASecond(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	writeLedger(t, folder, 100_000, 3, func(int) time.Time { return time.Now() })
	before := ledgerSize(t, folder)
	began := time.Now()
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	took := time.Since(began)
	if took > time.Second {
		t.Errorf("the start took %v", took)
	}
	if s := e.Snapshot(); s.Totals.Seen != 300_000 || s.Totals.Reported != 900_000 {
		t.Errorf("totals %+v", s.Totals)
	}
	await(t, "the file is shortened", func() bool { return ledgerSize(t, folder) < before/2 })
	t.Logf("started in %v; %d MiB of ledger became %d MiB", took, before>>20, ledgerSize(t, folder)>>20)
}

func TestSessionsSilentForSixtyDaysLeave(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	writeLedger(t, folder, 10_000, 1, func(session int) time.Time {
		return time.Now().AddDate(0, 0, -58-session/5_000*3) // 58 days, or 61
	})
	before := ledgerSize(t, folder)
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	await(t, "the file is shortened", func() bool { return ledgerSize(t, folder) < before*3/5 })
	await(t, "the totals are those of the rest", func() bool { return e.Snapshot().Totals.Seen == 5_000 })
}
