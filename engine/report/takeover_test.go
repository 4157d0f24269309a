package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
)

var changed = mustTracker("t.test:6969", "/fedcba9876543210fedcba9876543210/announce")

// TestANewPasskeyContinuesTheSession: a new path of a known tracker takes both totals over, the torrent's sums count
// nothing twice, and afterwards the two paths count separately, even if this program restarts.
func TestANewPasskeyContinuesTheSession(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	mustReport(t, r.Announce(tracker, announceOf(1, started, 0), begin), 0, exchange.ReasonNew)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1000), begin), 3000, exchange.ReasonMultiplied)
	r = reporterOn(t, j, 3000)
	mustReport(t, r.Announce(changed, announceOf(1, plain, 1500), begin), 4500, exchange.ReasonMultiplied)
	mustSum(t, r, "t.test:6969", 1500, 4500)
	mustTotal(t, r, 1500, 4500)
	mustReport(t, r.Announce(tracker, announceOf(1, plain, 1000), begin), 3000, exchange.ReasonSame)
	r = reporterOn(t, j, 3000)
	mustReport(t, r.Announce(changed, announceOf(1, plain, 1600), begin), 4800, exchange.ReasonMultiplied)
	mustSum(t, r, "t.test:6969", 1600, 4800)
}

// TestANewPathContinuesTheNewestSession: a new path of a tracker continues the newest session of its client there, and
// only if the client's total continues too.
func TestANewPathContinuesTheNewestSession(t *testing.T) {
	third := mustTracker("t.test:6969", "/third/announce")
	r := reporterOn(t, new(journal), 3000)
	uploads(r, tracker, 1, 0, 100, begin)
	uploads(r, tracker, 2, 0, 5000, begin.Add(2*time.Minute)) // another client
	mustReport(t, r.Announce(changed, announceOf(1, plain, 99), begin.Add(time.Minute)), 99, exchange.ReasonNew)
	mustReport(t, r.Announce(third, announceOf(1, plain, 100), begin.Add(2*time.Minute)), 102, exchange.ReasonMultiplied)
}

// TestAnotherOriginContinuesNoSession: not from another scheme, host or port.
func TestAnotherOriginContinuesNoSession(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	uploads(r, tracker, 1, 0, 100, begin)
	for _, where := range [][3]string{{"udp", "t.test:6969", ""}, {"https", "t.test:6969", "/a"}, {"http", "t.test:6970", "/a"}, {"http", "s.test:6969", "/a"}} {
		u, err := bittorrent.NewTrackerURL(where[0], where[1], where[2])
		if err != nil {
			t.Fatal(err)
		}
		mustReport(t, r.Announce(u, announceOf(1, plain, 150), begin), 150, exchange.ReasonNew)
	}
	unknown := announceOf(1, plain, 150)
	unknown.InfoHash[0]++
	mustReport(t, r.Announce(changed, unknown, begin), 150, exchange.ReasonNew)
}

// TestAFollowedRedirectRaisesTheTargetsOwnSession: its total never falls and never leaps, its torrent's sums gain
// nothing, and a restart finds it raised.
func TestAFollowedRedirectRaisesTheTargetsOwnSession(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	uploads(r, other, 1, 0, 100, begin)
	uploads(r, tracker, 1, 50, 950, begin)
	from := keyOf(tracker, announceOf(1, plain, 0))
	if least := r.Followed(from, other, false, begin); least != 2900 {
		t.Errorf("Followed returns %d, want 2900", least)
	}
	mustSum(t, r, "u.test", 100, 300)
	r = reporterOn(t, j, 3000)
	mustReport(t, r.Announce(other, announceOf(1, plain, 1000), begin), 2900, exchange.ReasonSame)
	mustReport(t, r.Announce(other, announceOf(1, plain, 1010), begin), 2930, exchange.ReasonMultiplied)
	mustSum(t, r, "u.test", 110, 330)
	if least := r.Followed(from, other, false, begin); least != 2930 { // the target has reported more already
		t.Errorf("Followed returns %d, want 2930", least)
	}
	mustReport(t, r.Announce(tracker, announceOf(1, started, 5), begin), 5, exchange.ReasonRestart)
	if least := r.Followed(from, other, true, begin); least != 5 {
		t.Errorf("Followed for a session that begins again returns %d, want 5", least)
	}
	mustSum(t, r, "u.test", 110, 330)
}

// TestATemporaryRedirectLeavesNoTrace at an address where no session is known.
func TestATemporaryRedirectLeavesNoTrace(t *testing.T) {
	j := new(journal)
	r := reporterOn(t, j, 3000)
	uploads(r, tracker, 1, 0, 100, begin)
	before := len(j.records)
	if least := r.Followed(keyOf(tracker, announceOf(1, plain, 0)), other, false, begin); least != 0 || len(j.records) != before {
		t.Errorf("Followed returns %d and writes %d records, want 0 and none", least, len(j.records)-before)
	}
	if least := r.Followed(keyOf(changed, announceOf(9, plain, 0)), other, false, begin); least != 0 {
		t.Errorf("Followed for an unknown session returns %d, want 0", least)
	}
	mustReport(t, r.Announce(other, announceOf(1, plain, 150), begin), 150, exchange.ReasonNew)
}

// TestAPermanentMoveContinuesTheSession at its new address, after a restart and a compaction too, for 60 days.
func TestAPermanentMoveContinuesTheSession(t *testing.T) {
	for _, c := range []struct {
		after    time.Duration
		reported uint64
		why      exchange.Reason
	}{
		{time.Minute, 600, exchange.ReasonMultiplied},
		{report.Silent, 600, exchange.ReasonMultiplied},
		{report.Silent + time.Second, 200, exchange.ReasonNew},
	} {
		j := new(journal)
		r := reporterOn(t, j, 3000)
		uploads(r, tracker, 1, 0, 100, begin)
		from := keyOf(tracker, announceOf(1, plain, 0))
		r.Moved(from, other, begin)
		if sessions := r.Sessions(all); len(sessions) != 1 {
			t.Errorf("%d sessions before an announce to the new address, want 1", len(sessions))
		}
		if err := r.Compact(begin.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		r = reporterOn(t, j, 3000)
		mustReport(t, r.Announce(other, announceOf(1, plain, 200), begin.Add(c.after)), c.reported, c.why)
		mustTotal(t, r, 100, 300)
	}
}

// TestAMoveDoesNotChangeASessionAtTheNewAddress. A session that is not known there continues from the last total at the
// old address, even if that was reported after the move.
func TestAMoveDoesNotChangeASessionAtTheNewAddress(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	uploads(r, tracker, 1, 0, 100, begin)
	uploads(r, tracker, 2, 0, 100, begin)
	uploads(r, other, 1, 10, 5, begin)
	r.Moved(keyOf(tracker, announceOf(1, plain, 0)), other, begin)
	mustReport(t, r.Announce(other, announceOf(1, plain, 20), begin), 40, exchange.ReasonMultiplied)

	r.Moved(keyOf(tracker, announceOf(2, plain, 0)), other, begin)
	mustReport(t, r.Announce(tracker, announceOf(2, plain, 200), begin), 600, exchange.ReasonMultiplied)
	r.Followed(keyOf(tracker, announceOf(2, plain, 0)), other, false, begin)
	mustReport(t, r.Announce(other, announceOf(2, plain, 200), begin), 600, exchange.ReasonSame)
}
