package engine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/store"
)

func ledgerSize(t *testing.T, folder string) int64 {
	t.Helper()
	st, err := os.Stat(filepath.Join(folder, store.LedgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

func TestABloatedLedgerIsCompactedSoonAfterTheStart(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	enginetest.WriteLedger(t, folder, 10_000, 3, func(int) time.Time { return time.Now() })
	before := ledgerSize(t, folder)
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	if s := e.Snapshot(); s.Totals.Seen != 30_000 || s.Totals.Reported != 90_000 {
		t.Errorf("totals %+v", s.Totals)
	}
	await(t, "the file is shortened", func() bool { return ledgerSize(t, folder) < before/2 })
}

func TestSessionsSilentForSixtyDaysAreDropped(t *testing.T) {
	enginetest.CheckGoroutines(t)
	folder := t.TempDir()
	enginetest.WriteLedger(t, folder, 10_000, 1, func(session int) time.Time {
		return time.Now().AddDate(0, 0, -58-session/5_000*3) // 58 days, or 61
	})
	before := ledgerSize(t, folder)
	e := enginetest.NewEngine(t, engine.Options{Folder: folder})
	await(t, "the file is shortened", func() bool { return ledgerSize(t, folder) < before*3/5 })
	if s := e.Snapshot(); s.Totals.Seen != 10_000 || s.Totals.Reported != 30_000 { // the sums of dropped sessions stay
		t.Errorf("totals %+v", s.Totals)
	}
}
