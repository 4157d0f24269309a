package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
	"bittoratio/engine/store"
)

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), part)
}

// TestADamagedLedgerIsSetAsideAndReported: the undamaged part is used, the damaged file stays beside it, and there is a
// notice.
func TestADamagedLedgerIsSetAsideAndReported(t *testing.T) {
	for name, c := range map[string]struct {
		harm   func(b []byte) []byte
		notice engine.Notice
		left   uint64 // how many sessions remain
	}{
		"a changed byte in the middle": {
			func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
			engine.Notice{Kind: engine.NoticeDamaged, Lost: 1},
			99,
		},
		"an end cut off": {
			func(b []byte) []byte { return b[:len(b)-5] },
			engine.Notice{Kind: engine.NoticeTorn, File: store.LedgerFile},
			99,
		},
		"nothing left of the ledger": {
			func(b []byte) []byte { return bytes.Repeat([]byte("\x00"), len(b)) },
			engine.Notice{Kind: engine.NoticeDamaged, Lost: 1},
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			folder := t.TempDir()
			enginetest.WriteLedger(t, folder, 100, 1, func(int) time.Time { return time.Now() })
			file := filepath.Join(folder, store.LedgerFile)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b = c.harm(b)
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var log lines
			e := enginetest.NewEngine(t, engine.Options{Folder: folder, Log: slog.New(slog.NewTextHandler(&log, nil))})
			s := e.Snapshot()
			if s.Totals.Seen != c.left || len(s.Notices) != 1 {
				t.Fatalf("totals %+v, notices %+v; want %d seen and one notice", s.Totals, s.Notices, c.left)
			}
			n := s.Notices[0]
			if n.Kind == engine.NoticeDamaged {
				aside, err := os.ReadFile(filepath.Join(folder, n.File))
				if err != nil || !bytes.Equal(aside, b) {
					t.Errorf("the damaged file was not set aside unchanged: %v", err)
				}
				n.File = ""
			}
			if n != c.notice || log.count("level=WARN") != 1 {
				t.Errorf("notice %+v, want %+v; the log is\n%s", n, c.notice, log.b.String())
			}
		})
	}
}

// TestNoTotalFallsAfterTheLedgerIsLost removes or empties the ledger between two starts: each session continues from
// what past activity or pending announces show.
func TestNoTotalFallsAfterTheLedgerIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		headless bool // without an archive
		away     bool // so that the last announce is pending
		harm     func(file string) error
	}{
		"removed, with past activity":     {false, false, os.Remove},
		"emptied, with past activity":     {false, false, func(file string) error { return os.Truncate(file, 0) }},
		"removed, with pending announces": {true, true, os.Remove},
		"removed, with both":              {false, true, os.Remove},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			folder := t.TempDir()
			d := startOutage(t, engine.Options{Folder: folder, Multiplier: 3 * policy.One, Unwatched: c.headless})
			d.send(d.announce(1, 0, "started"), 0)
			if c.away {
				d.setFault((*enginetest.Exchange).Reset)
			}
			d.send(d.announce(1, 1000, ""), 0)
			d.snapshot()
			ended, cancel := context.WithCancel(t.Context())
			cancel() // nothing is delivered
			if err := d.e.Close(ended); err != nil {
				t.Fatal(err)
			}
			if err := c.harm(filepath.Join(folder, store.LedgerFile)); err != nil {
				t.Fatal(err)
			}
			var log lines
			d.e = enginetest.Engine(t, engine.Options{Folder: folder, Multiplier: 3 * policy.One, Unwatched: c.headless, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if s := d.e.Snapshot(); len(s.Notices) != 1 || s.Notices[0] != (engine.Notice{Kind: engine.NoticeLedger, Lost: 1}) || log.count("the ledger has lost sessions") != 1 {
				t.Errorf("notices %+v, log\n%s", s.Notices, log.b.String())
			}
			d.clearFault()
			d.send(d.announce(1, 1100, ""), 0)
			if received := strings.Fields(d.received()); received[len(received)-1] != "3300" {
				t.Errorf("the tracker received %q, want 3300 last", received)
			}
		})
	}
}

func TestAFirstStartReportsNoLoss(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var log lines
	e := enginetest.NewEngine(t, engine.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if s := e.Snapshot(); len(s.Notices) != 0 || log.count("level=WARN") != 0 {
		t.Errorf("notices %+v, log\n%s", s.Notices, log.b.String())
	}
}
