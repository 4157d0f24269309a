package report_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// journal keeps the promises of store.Journal: what is appended during a rewrite follows the rewritten records.
type journal struct {
	mu      sync.Mutex
	records [][]byte
	fails   error

	early, late func() // called at the beginning of a rewrite, and just before its end
}

func (j *journal) Append(record []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fails == nil {
		j.records = append(j.records, bytes.Clone(record))
	}
	return j.fails
}

func (j *journal) Rewrite(all iter.Seq[[]byte]) error {
	if j.early != nil {
		j.early()
	}
	j.mu.Lock()
	from := len(j.records)
	j.mu.Unlock()
	var next [][]byte
	for r := range all {
		next = append(next, bytes.Clone(r))
	}
	if j.late != nil {
		j.late()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fails == nil {
		j.records = append(next, j.records[from:]...)
	}
	return j.fails
}

func (j *journal) Size() (size int64, records int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range j.records {
		size += int64(len(r))
	}
	return size, len(j.records)
}

func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fails = err
}

// last returns the last record of a session, as a restart would read it.
func (j *journal) last(t testing.TB, k ledger.Key) (s ledger.Session, ok bool) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range slices.Backward(j.records) {
		key, s, _, err := ledger.ParseRecord(r)
		if err != nil {
			t.Fatalf("record %q: %v", r, err)
		}
		if key == k {
			return s, true
		}
	}
	return s, false
}

var (
	errFull = errors.New("no space left on device")
	begin   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tracker = mustTracker("t.test:6969", "/0123456789abcdef0123456789abcdef/announce")
	other   = mustTracker("u.test", "/announce")
)

func mustTracker(authority, path string) bittorrent.TrackerURL {
	u, err := bittorrent.NewTrackerURL("http", authority, path)
	if err != nil {
		panic(err)
	}
	return u
}

// announceOf returns an announce of client n.
func announceOf(n byte, e bittorrent.Event, uploaded uint64) bittorrent.Announce {
	return bittorrent.Announce{InfoHash: bittorrent.InfoHash{1}, PeerID: bittorrent.PeerID{'-', 'T', 'R', '4', '1', '4', '0', '-', n}, Event: e, Counters: bittorrent.Counters{Uploaded: uploaded}}
}

func keyOf(u bittorrent.TrackerURL, a bittorrent.Announce) ledger.Key {
	return ledger.Key{Tracker: u.ID(), InfoHash: a.InfoHash, PeerID: a.PeerID}
}

// reporterOn returns a reporter that has read a journal.
func reporterOn(t testing.TB, j *journal, factor policy.Factor) *report.Reporter {
	t.Helper()
	r := report.New()
	for _, record := range j.records {
		if err := r.Restore(record); err != nil {
			t.Fatalf("record %q: %v", record, err)
		}
	}
	r.SetJournal(j, begin)
	r.SetRules(policy.Rules{Factor: factor})
	return r
}

func mustReport(t testing.TB, f report.Total, reported uint64, reason exchange.Reason) {
	t.Helper()
	if f.Reported != reported || f.Reason != reason {
		t.Errorf("reported %d for reason %d, want %d for %d", f.Reported, f.Reason, reported, reason)
	}
}

func mustTotal(t testing.TB, r *report.Reporter, seen, reported uint64) {
	t.Helper()
	if got := r.Totals(); got.Seen != seen || got.Reported != reported {
		t.Errorf("the totals are %d seen and %d reported, want %d and %d", got.Seen, got.Reported, seen, reported)
	}
}
