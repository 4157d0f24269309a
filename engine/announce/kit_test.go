package announce_test

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/ledger"
)

// Short names for the tables.
const (
	none      = bittorrent.EventNone
	started   = bittorrent.EventStarted
	completed = bittorrent.EventCompleted
	stopped   = bittorrent.EventStopped
	paused    = bittorrent.EventPaused
)

var errFull = errors.New("no space left")

// memory is a journal in memory, for tests.
type memory struct {
	mu      sync.Mutex // guards records during Append and Size; a test reads them when nothing is appended any more
	records [][]byte
	full    bool
	begins  func() // called once, when a rewrite begins
}

func (m *memory) Append(record []byte) error {
	if m.full {
		return errFull
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, append([]byte(nil), record...))
	return nil
}

func (m *memory) Rewrite(all iter.Seq[[]byte]) error {
	if begins := m.begins; begins != nil {
		m.begins = nil
		begins()
	}
	if m.full {
		return errFull
	}
	from := len(m.records)
	var next [][]byte
	for r := range all {
		next = append(next, append([]byte(nil), r...))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(next, m.records[from:]...)
	return nil
}

func (m *memory) Size() (int64, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.records {
		n += len(r)
	}
	return int64(n), len(m.records)
}

func newSpool(m *memory) *announce.Spool {
	s := announce.NewSpool()
	s.SetJournal(m, morning)
	return s
}

// restart returns a new spool from what is on the disk.
func restart(t testing.TB, m *memory) *announce.Spool {
	t.Helper()
	s := announce.NewSpool()
	for _, r := range m.records {
		if err := s.Restore(r); err != nil {
			t.Fatalf("record %q: %v", r, err)
		}
	}
	s.SetJournal(m, morning.AddDate(1, 0, 0)) // later than all announces of the tests
	return s
}

func session(n byte) ledger.Key { return ledger.Key{InfoHash: bittorrent.InfoHash{n}} }

// pendingOf returns a pending announce of session n, decided at this time.
func pendingOf(n byte, e bittorrent.Event, total uint64, decided time.Time) announce.Pending {
	return announce.Pending{
		Key: session(n), Host: "tracker.example", Address: "tracker.example:80", Event: e, Reported: total, DecidedAt: decided,
		Request: []byte("GET /announce HTTP/1.1\r\nHost: tracker.example\r\n\r\n"),
	}
}

// summary returns the event and total of each announce.
func summary(all []announce.Pending) string {
	out := ""
	for _, k := range all {
		word := k.Event.String()
		if k.Event == none {
			word = "plain"
		}
		out += fmt.Sprintf("%s:%d ", word, k.Reported)
	}
	return out
}
