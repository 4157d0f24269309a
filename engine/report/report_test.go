package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

const (
	plain   = bittorrent.EventNone
	started = bittorrent.EventStarted
	stopped = bittorrent.EventStopped
)

// TestATotalIsRecordedBeforeItIsReported: after a crash following any announce, the ledger has the total that was
// reported.
func TestATotalIsRecordedBeforeItIsReported(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	for i, u := range []uint64{0, 10, 10, 5, 100, 0, 7} {
		event := plain
		if u == 0 {
			event = started
		}
		a := announceOf(1, event, u)
		f := r.Announce(tracker, a, begin.Add(time.Duration(i)*time.Minute))
		if len(j.records) != i+1 || f.Key != keyOf(tracker, a) {
			t.Fatalf("%d records after %d announces, want as many", len(j.records), i+1)
		}
		if s, _ := j.last(t, f.Key); s.Reported != f.Reported {
			t.Errorf("announce %d: reported %d, recorded %d", i, f.Reported, s.Reported)
		}
		again := reporterOn(t, &journal{records: j.records}, 3000)
		if reported, ok := again.Reported(f.Key); !ok || reported != f.Reported {
			t.Errorf("announce %d: after a restart %d (%v), want %d", i, reported, ok, f.Reported)
		}
	}
}

func TestARecordHoldsNoPasskey(t *testing.T) {
	j := new(journal)
	reporterOn(t, j, 3000).Announce(tracker, announceOf(1, started, 0), begin)
	if record := string(j.records[0]); strings.Contains(record, "0123456789abcdef") || !strings.HasSuffix(record, " t.test:6969 0 0 0 0 0 0 0 "+tracker.Origin().String()) {
		t.Errorf("the record is %q, want the tracker's host and origin, and no passkey", record)
	}
}

func TestSessionsAreIndependent(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	for _, u := range []bittorrent.TrackerURL{tracker, other} {
		for n := range byte(2) {
			mustReport(t, r.Announce(u, announceOf(n, started, 0), begin), 0, exchange.ReasonNew)
		}
	}
	mustReport(t, r.Announce(tracker, announceOf(0, plain, 10), begin), 30, exchange.ReasonMultiplied)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 0), begin), 0, exchange.ReasonSame)
	mustReport(t, r.Announce(other, announceOf(0, plain, 1), begin), 3, exchange.ReasonMultiplied)
	mustTotal(t, r, 10, 30) // the torrent counts once, on the tracker with more
}

func TestRulesApplyFromTheNextAnnounceOn(t *testing.T) {
	r := reporterOn(t, new(journal), 2000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 10), begin), 20, exchange.ReasonMultiplied)
	r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{"t.test:6969": {Factor: 5000}}})
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 10), begin), 20, exchange.ReasonSame)
	f := r.Announce(tracker, announceOf(1, plain, 11), begin)
	if mustReport(t, f, 25, exchange.ReasonMultiplied); f.Factor != 5000 || f.New != 1 {
		t.Errorf("the total is %+v, want factor 5000 and 1 new byte", f)
	}
	r.SetRules(policy.Rules{Factor: 10_000, Ceiling: 1})
	f = r.Announce(tracker, announceOf(1, plain, 21), begin.Add(20*time.Second))
	if mustReport(t, f, 45, exchange.ReasonCeiling); f.Held != 80 {
		t.Errorf("%d bytes are held back, want 80", f.Held)
	}
}

// TestAFailingDiskCountsAtFactor1 checks rule 10: the announce reports the last total plus the new bytes.
func TestAFailingDiskCountsAtFactor1(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	r.Announce(tracker, announceOf(1, plain, 100), begin)
	j.fail(errFull)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 110), begin), 310, exchange.ReasonDisk)
	if err := r.Trouble(); !errors.Is(err, errFull) {
		t.Errorf("trouble: %v, want %v", err, errFull)
	}
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 110), begin), 310, exchange.ReasonSame)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 90), begin), 310, exchange.ReasonStale)
	mustReport(t, r.Announce(tracker, announceOf(2, started, 5), begin), 5, exchange.ReasonNew)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 120), begin), 320, exchange.ReasonDisk)

	// After a kill at this moment, the journal leads to at least what was reported.
	again := reporterOn(t, &journal{records: j.records}, policy.One)
	mustReport(t, again.Announce(tracker, announceOf(1, plain, 120), begin), 320, exchange.ReasonMultiplied)
	mustReport(t, again.Announce(tracker, announceOf(2, plain, 5), begin), 5, exchange.ReasonNew)

	// The disk works again: new bytes are multiplied at once, and Compact writes what the journal lacks.
	j.fail(nil)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 121), begin), 323, exchange.ReasonMultiplied)
	if r.Trouble() == nil {
		t.Error("no trouble is reported, though a session is not in the journal")
	}
	if err := r.Compact(begin); err != nil || r.Trouble() != nil {
		t.Errorf("compacting: %v, trouble: %v", err, r.Trouble())
	}
	if len(j.records) != 2 {
		t.Errorf("%d records after the compaction, want 2", len(j.records))
	}
	again = reporterOn(t, j, 3000)
	mustReport(t, again.Announce(tracker, announceOf(1, plain, 121), begin), 323, exchange.ReasonSame)
	mustReport(t, again.Announce(tracker, announceOf(2, plain, 5), begin), 5, exchange.ReasonSame)
}

// TestACeilingHoldsNothingBackOnAFailingDisk: all new bytes are reported, and none of them count as held back.
func TestACeilingHoldsNothingBackOnAFailingDisk(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.SetRules(policy.Rules{Factor: 3000, Ceiling: 1})
	r.Announce(tracker, announceOf(1, started, 0), begin)
	j.fail(errFull)
	f := r.Announce(tracker, announceOf(1, plain, 1000), begin)
	if mustReport(t, f, 1000, exchange.ReasonDisk); f.Held != 0 || f.Factor != policy.One {
		t.Errorf("%d bytes are held back at factor %s, want 0 at 1", f.Held, f.Factor)
	}
}

func TestAFailedCompactChangesNothing(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	r.Announce(tracker, announceOf(1, plain, 10), begin)
	j.fail(errFull)
	if err := r.Compact(begin); !errors.Is(err, errFull) || !errors.Is(r.Trouble(), errFull) {
		t.Errorf("Compact: %v, trouble: %v", err, r.Trouble())
	}
	j.fail(nil)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 20), begin), 60, exchange.ReasonMultiplied)
	if len(j.records) != 3 {
		t.Errorf("%d records, want 3 as before", len(j.records))
	}
	if err := r.Compact(begin); err != nil || r.Trouble() != nil || len(j.records) != 1 {
		t.Errorf("Compact: %v, trouble: %v, %d records; want 1 record and no error", err, r.Trouble(), len(j.records))
	}
}

// TestAnErrorDuringCompactIsStillReportedAfterIt: a record that could not be appended during a rewrite is in neither
// file.
func TestAnErrorDuringCompactIsStillReportedAfterIt(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	j.late = func() {
		j.fail(errFull)
		mustReport(t, r.Announce(tracker, announceOf(1, plain, 10), begin), 10, exchange.ReasonDisk)
		j.fail(nil)
	}
	if err := r.Compact(begin); err != nil || r.Trouble() == nil {
		t.Errorf("Compact: %v, trouble: %v", err, r.Trouble())
	}
	j.late = nil
	if err := r.Compact(begin); err != nil || r.Trouble() != nil {
		t.Errorf("Compact: %v, trouble: %v", err, r.Trouble())
	}
	if s, _ := j.last(t, keyOf(tracker, announceOf(1, plain, 0))); s.Reported != 10 {
		t.Errorf("the record has %d reported, want 10", s.Reported)
	}
}

// TestCompactLosesNoAnnounceMadeMeanwhile, at whatever moment of the compaction it is made.
func TestCompactLosesNoAnnounceMadeMeanwhile(t *testing.T) {
	for _, moment := range []string{"early", "late"} {
		j := new(journal)
		r := reporterOn(t, j, 3000)
		r.Announce(tracker, announceOf(1, started, 0), begin)
		announce := func() {
			r.Announce(tracker, announceOf(1, plain, 10), begin)
			r.Announce(tracker, announceOf(2, started, 0), begin)
			r.Announce(tracker, announceOf(2, plain, 1), begin)
		}
		if moment == "early" {
			j.early = announce
		} else {
			j.late = announce
		}
		if err := r.Compact(begin); err != nil {
			t.Fatal(err)
		}
		for n, want := range map[byte]uint64{1: 30, 2: 3} {
			if s, ok := j.last(t, keyOf(tracker, announceOf(n, plain, 0))); !ok || s.Reported != want {
				t.Errorf("%s: the record of client %d has %d (%v), want %d", moment, n, s.Reported, ok, want)
			}
		}
	}
}

func TestTheLastRecordOfASessionCounts(t *testing.T) {
	r := report.New()
	k := keyOf(tracker, announceOf(1, plain, 0))
	for _, s := range []ledger.Session{{Seen: 10, Reported: 30}, {Seen: 100, Reported: 300}, {Seen: 20, Reported: 60, First: 1, Last: 2}} {
		if err := r.Restore(ledger.AppendRecord(nil, k, &s, "t.test:6969")); err != nil {
			t.Fatal(err)
		}
	}
	if reported, ok := r.Reported(k); !ok || reported != 60 {
		t.Errorf("reported %d (%v), want 60", reported, ok)
	}
	mustTotal(t, r, 20, 60)
	if err := r.Restore([]byte("nonsense")); err == nil {
		t.Error("a record that is nonsense is accepted")
	}
	if all := r.Sessions(func(*ledger.Session) bool { return true }); len(all) != 1 || all[0].Host != "t.test:6969" {
		t.Errorf("sessions: %+v", all)
	}
}

func TestSilentSessionsAreDropped(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.Announce(tracker, announceOf(1, started, 100), begin)
	r.Announce(tracker, announceOf(2, started, 10), begin.Add(time.Minute))
	now := begin.Add(report.Silent)
	if err := r.Compact(now); err != nil || len(j.records) != 2 {
		t.Errorf("%d records after %v of silence, want 2; error: %v", len(j.records), report.Silent, err)
	}
	if err := r.Compact(now.Add(time.Second)); err != nil || len(j.records) != 1 {
		t.Errorf("%d records a second later, want 1; error: %v", len(j.records), err)
	}
	mustTotal(t, r, 0, 0) // what was uploaded before first sight counts nowhere
	if _, ok := r.Reported(keyOf(tracker, announceOf(1, plain, 0))); ok {
		t.Error("the silent session is still known")
	}
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 200), now), 200, exchange.ReasonNew)
	if all := r.Sessions(func(*ledger.Session) bool { return true }); len(all) != 2 || all[0].Seen != 10 || all[1].Seen != 200 {
		t.Errorf("sessions: %+v", all)
	}
	if err := r.Compact(begin.Add(-time.Hour)); err != nil || len(j.records) != 2 {
		t.Errorf("%d records after the clock was set back, want 2; error: %v", len(j.records), err)
	}
}

func TestForgetEmptiesTheLedger(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	r.Announce(tracker, announceOf(1, started, 0), begin)
	r.Announce(tracker, announceOf(1, plain, 10), begin)
	if err := r.Forget(); err != nil || len(j.records) != 0 {
		t.Errorf("%d records after Forget, want 0; error: %v", len(j.records), err)
	}
	mustTotal(t, r, 0, 0)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 20), begin), 20, exchange.ReasonNew)
	mustTotal(t, r, 0, 0)
	j.fail(errFull)
	if err := r.Forget(); !errors.Is(err, errFull) {
		t.Errorf("Forget on a full disk: %v, want %v", err, errFull)
	}
}

func TestBloatedReportsAJournalMuchLongerThanTheLedger(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	for u := range uint64(5_003) {
		if r.Bloated() {
			t.Fatalf("bloated after only %d records", u)
		}
		r.Announce(tracker, announceOf(1, plain, u), begin)
	}
	if !r.Bloated() {
		t.Errorf("not bloated with %d records of one session", len(j.records))
	}
	if err := r.Compact(begin); err != nil || r.Bloated() || len(j.records) != 1 {
		t.Errorf("Compact: %v, %d records, want 1; bloated: %v, want false", err, len(j.records), r.Bloated())
	}
}

// TestASessionOfAWrongClockExpires: in an earlier run the clock was a year ahead; the session must not stay for a year.
func TestASessionOfAWrongClockExpires(t *testing.T) {
	j := &journal{}
	reporterOn(t, j, policy.One).Announce(tracker, announceOf(1, started, 10), begin.Add(365*24*time.Hour))
	again := report.New()
	for _, r := range j.records {
		if err := again.Restore(r); err != nil {
			t.Fatal(err)
		}
	}
	again.SetJournal(j, begin)
	if err := again.Compact(begin.Add(report.Silent + time.Minute)); err != nil || len(j.records) != 0 {
		t.Errorf("%d sessions are left, want 0; error: %v", len(j.records), err)
	}
}
