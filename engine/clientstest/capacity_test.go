package clientstest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// TestAHundredThousandSessionsStartWithinASecond measures the real program from its start until the port is open. The
// best of eight tries counts, since other tests may keep the machine busy.
func TestAHundredThousandSessionsStartWithinASecond(t *testing.T) {
	dir := dataFolder(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	enginetest.WriteLedger(t, dir, 100_000, 1, func(int) time.Time { return time.Now() })
	st, err := os.Stat(filepath.Join(dir, "ledger.journal"))
	if err != nil {
		t.Fatal(err)
	}
	best := time.Hour
	for tries := 0; tries < 8 && best > time.Second; tries++ {
		began := time.Now()
		p := startProgram(t, dir)
		best = min(best, time.Since(began))
		p.stop()
	}
	t.Logf("with a ledger of %d MiB the port opened after %v", st.Size()>>20, best)
	if best > time.Second {
		t.Errorf("the port opened after %v, want at most a second", best)
	}
}
