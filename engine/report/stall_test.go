package report_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// stalling is a journal whose appends, once written, wait for a token each.
type stalling struct {
	journal
	tokens chan struct{} // nil: appends do not wait
}

func (j *stalling) Append(record []byte) error {
	err := j.journal.Append(record)
	if j.tokens != nil {
		<-j.tokens
	}
	return err
}

// stalled returns a reporter with sessions 0 to 2 at 0 bytes, whose disk blocks from now on.
func stalled(t *testing.T, rules policy.Rules) (*report.Reporter, *stalling) {
	t.Helper()
	j := &stalling{}
	r := report.New()
	r.SetJournal(j, begin)
	r.SetRules(rules)
	for n := range byte(3) {
		mustReport(t, r.Announce(tracker, announceOf(n, started, 0), begin), 0, exchange.ReasonNew)
	}
	j.tokens = make(chan struct{})
	return r, j
}

func TestAStalledDiskDelaysOnlyAnnounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 3 * policy.One})
		reported := make(chan report.Total, 1)
		go func() { reported <- r.Announce(tracker, announceOf(1, plain, 100), begin.Add(time.Minute)) }()
		synctest.Wait()
		if sums := r.Totals(); sums.Seen != 0 || sums.Reported != 0 { // a deadlock here fails the test
			t.Errorf("before the announce is recorded the totals are %+v, want 0", sums)
		}
		r.Changes(true, func(*ledger.Session) bool { return true }, func(s *report.Session, _ bool) {
			if s.Reported != 0 {
				t.Errorf("before the announce is recorded session %s has %d reported, want 0", s.ID, s.Reported)
			}
		})
		r.SetRules(policy.Rules{Factor: policy.One})
		j.tokens <- struct{}{}
		mustReport(t, <-reported, 300, exchange.ReasonMultiplied) // by the rule at the time of its decision
	})
}

func TestAnnouncesOfOneSessionWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 3 * policy.One})
		first, second := make(chan report.Total, 1), make(chan report.Total, 1)
		go func() { first <- r.Announce(tracker, announceOf(1, plain, 100), begin.Add(time.Minute)) }()
		synctest.Wait()
		go func() { second <- r.Announce(tracker, announceOf(1, plain, 150), begin.Add(time.Minute)) }()
		synctest.Wait()
		j.tokens <- struct{}{}
		mustReport(t, <-first, 300, exchange.ReasonMultiplied)
		j.tokens <- struct{}{}
		mustReport(t, <-second, 450, exchange.ReasonMultiplied)
	})
}

// TestConcurrentSessionsShareACeiling: the line carries 1000 bytes in these ten seconds.
func TestConcurrentSessionsShareACeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 10 * policy.One, Ceiling: 100})
		later := begin.Add(10 * time.Second)
		first, second := make(chan report.Total, 1), make(chan report.Total, 1)
		go func() { first <- r.Announce(tracker, announceOf(0, plain, 60), later) }()
		synctest.Wait()
		go func() { second <- r.Announce(tracker, announceOf(1, plain, 60), later) }()
		synctest.Wait()
		j.tokens <- struct{}{}
		j.tokens <- struct{}{}
		mustReport(t, <-first, 600, exchange.ReasonMultiplied)
		mustReport(t, <-second, 400, exchange.ReasonCeiling)
	})
}

// TestConcurrentSessionsShareARatio: up to a ratio of 2 there are 2000 bytes, and the second session gets
// what the first left. Rules that are set meanwhile also count what is being recorded.
func TestConcurrentSessionsShareARatio(t *testing.T) {
	rules := policy.Rules{Factor: 10 * policy.One, StopAt: 2000}
	for _, first := range []policy.Rules{rules, {Factor: 10 * policy.One}} {
		synctest.Test(t, func(t *testing.T) {
			r, j := stalled(t, first)
			r.SetSizes(func(bittorrent.InfoHash) uint64 { return 1000 })
			later := begin.Add(10 * time.Second)
			one, two := make(chan report.Total, 1), make(chan report.Total, 1)
			go func() { one <- r.Announce(tracker, announceOf(0, plain, 150), later) }()
			synctest.Wait()
			r.SetRules(rules)
			go func() { two <- r.Announce(tracker, announceOf(1, plain, 150), later) }()
			synctest.Wait()
			close(j.tokens)
			mustReport(t, <-one, 1500, exchange.ReasonMultiplied)
			mustReport(t, <-two, 500, exchange.ReasonRatio)
			mustReport(t, r.Announce(tracker, announceOf(2, plain, 150), later), 150, exchange.ReasonRatio)
		})
	}
}

// TestAnAnnounceThatCouldNotBeRecordedUsesNoRatio: of the 1500 bytes reserved for the first announce 150 are reported.
func TestAnAnnounceThatCouldNotBeRecordedUsesNoRatio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 10 * policy.One, StopAt: 2000})
		r.SetSizes(func(bittorrent.InfoHash) uint64 { return 1000 })
		later := begin.Add(10 * time.Second)
		j.fail(errFull)
		close(j.tokens)
		mustReport(t, r.Announce(tracker, announceOf(0, plain, 150), later), 150, exchange.ReasonDisk)
		j.fail(nil)
		mustReport(t, r.Announce(tracker, announceOf(1, plain, 150), later), 1500, exchange.ReasonMultiplied)
		mustReport(t, r.Announce(tracker, announceOf(2, plain, 60), later), 350, exchange.ReasonRatio)
	})
}

// TestAnAnnounceThatCouldNotBeRecordedUsesNoCeiling: of the 600 bytes reserved for the first announce 60 are reported.
func TestAnAnnounceThatCouldNotBeRecordedUsesNoCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 10 * policy.One, Ceiling: 100})
		later := begin.Add(10 * time.Second)
		j.fail(errFull)
		close(j.tokens)
		mustReport(t, r.Announce(tracker, announceOf(0, plain, 60), later), 60, exchange.ReasonDisk)
		j.fail(nil)
		mustReport(t, r.Announce(tracker, announceOf(1, plain, 60), later), 600, exchange.ReasonMultiplied)
		mustReport(t, r.Announce(tracker, announceOf(2, plain, 60), later), 340, exchange.ReasonCeiling)
	})
}

// TestCompactingLosesNoAnnounceThatIsBeingRecorded: its record is in the old journal, but its session is not stored
// yet.
func TestCompactingLosesNoAnnounceThatIsBeingRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, j := stalled(t, policy.Rules{Factor: 3 * policy.One})
		reported, compacted := make(chan report.Total, 1), make(chan error, 1)
		go func() { reported <- r.Announce(tracker, announceOf(1, plain, 100), begin.Add(time.Minute)) }()
		synctest.Wait()
		go func() { compacted <- r.Compact(begin.Add(time.Minute)) }()
		synctest.Wait()
		close(j.tokens)
		f := <-reported
		if err := <-compacted; err != nil {
			t.Fatal(err)
		}
		if s, ok := j.last(t, f.Key); !ok || s.Reported != 300 {
			t.Errorf("the new journal has %+v (%v), want 300 reported", s, ok)
		}
	})
}
