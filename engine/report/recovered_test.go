package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/policy"
)

// lostSession returns a reporter whose ledger has lost session 1, and knows this much about it.
func lostSession(t *testing.T, j *journal, known report.Recovered) *report.Reporter {
	t.Helper()
	r := reporterOn(t, j, 3*policy.One)
	if lost := r.Recover(map[string]report.Recovered{report.SessionID(keyOf(tracker, announceOf(1, plain, 0))): known}); lost != 1 {
		t.Fatalf("%d sessions were lost, want 1", lost)
	}
	return r
}

func TestALostSessionContinuesFromWhatIsKnownOfIt(t *testing.T) {
	r := lostSession(t, &journal{}, report.Recovered{Seen: 1000, Reported: 3000})
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1000), begin), 3000, exchange.ReasonSame)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1100), begin.Add(time.Minute)), 3300, exchange.ReasonMultiplied)
	mustReport(t, r.Announce(tracker, announceOf(2, plain, 50), begin), 50, exchange.ReasonNew) // nothing is known about this one
}

// TestNothingIsAddedForALostSessionWithoutTheClientsTotal: a pending announce of version 0.2.0 has the reported total,
// but not the client's own.
func TestNothingIsAddedForALostSessionWithoutTheClientsTotal(t *testing.T) {
	r := lostSession(t, &journal{}, report.Recovered{Reported: 3000})
	mustReport(t, r.Announce(tracker, announceOf(1, started, 1200), begin), 3000, exchange.ReasonSame)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1300), begin.Add(time.Minute)), 3300, exchange.ReasonMultiplied)
}

func TestALostSessionsTotalIsNeverBelowTheClientsOwn(t *testing.T) {
	r := lostSession(t, &journal{}, report.Recovered{Reported: 3000})
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 5000), begin), 5000, exchange.ReasonSame)
}

// TestALostSessionIsRememberedUntilItAnnounces, even if the program is restarted and compacts its ledger before.
func TestALostSessionIsRememberedUntilItAnnounces(t *testing.T) {
	j := &journal{}
	lostSession(t, j, report.Recovered{Seen: 1000, Reported: 3000})
	r := reporterOn(t, j, 3*policy.One)
	if err := r.Compact(begin); err != nil {
		t.Fatal(err)
	}
	r = reporterOn(t, j, 3*policy.One)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1100), begin), 3300, exchange.ReasonMultiplied)
	r = reporterOn(t, j, 3*policy.One)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1200), begin), 3600, exchange.ReasonMultiplied)
	if err := r.Compact(begin); err != nil || len(j.records) != 1 {
		t.Errorf("%d records after the compaction, want 1; error: %v", len(j.records), err)
	}
}

func TestASessionThatTheLedgerHoldsIsNotRecovered(t *testing.T) {
	r := reporterOn(t, &journal{}, 3*policy.One)
	r.Announce(tracker, announceOf(1, plain, 10), begin)
	if lost := r.Recover(map[string]report.Recovered{report.SessionID(keyOf(tracker, announceOf(1, plain, 0))): {Seen: 1000, Reported: 3000}}); lost != 0 {
		t.Errorf("%d sessions were lost, want 0", lost)
	}
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 20), begin), 40, exchange.ReasonMultiplied)
}

func TestImpossibleRecordsOfLostSessionsAreRefused(t *testing.T) {
	for _, record := range []string{"r ", "r 0123456789abcdef", "r 0123456789abcde 1 2", "r 0123456789abcdeg 1 2", "r 0123456789abcdef -1 2", "r 0123456789abcdef 1 18446744073709551616"} {
		if err := report.New().Restore([]byte(record)); err == nil {
			t.Errorf("record %q was accepted", record)
		}
	}
}
