package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/policy"
)

// TestSettingTheClockNeitherRaisesNorLowersTheCeiling: a computer with another operating system may start at that one's
// hour, one with an empty battery starts years in the past, and both correct their clocks when they have a network. The
// ceiling must neither hold everything back for hours nor allow the upload of years.
func TestSettingTheClockNeitherRaisesNorLowersTheCeiling(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"back": 3 * time.Hour, "forward": -16 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			wrong := func(at time.Time) time.Time { return enginetest.ClockAhead(t, at, ahead) }
			now := time.Now()
			r := report.New()
			r.SetJournal(new(journal), wrong(now.Add(-time.Minute)))
			r.SetRules(policy.Rules{Factor: 10_000, Ceiling: 100})
			r.Announce(tracker, announceOf(1, started, 0), wrong(now.Add(-10*time.Second)))
			mustReport(t, r.Announce(tracker, announceOf(1, plain, 50), now), 500, exchange.ReasonMultiplied)
			r.Announce(tracker, announceOf(2, started, 0), wrong(now.Add(-10*time.Second)))
			mustReport(t, r.Announce(tracker, announceOf(2, plain, 5000), now), 5000, exchange.ReasonCeiling)
		})
	}
}

// TestAClockThatBeginsInThePastLosesNoSession, nor its first sight: the computer's battery is empty.
func TestAClockThatBeginsInThePastLosesNoSession(t *testing.T) {
	j := new(journal)
	now := time.Now()
	first := report.New()
	first.SetJournal(j, now.Add(-time.Hour))
	first.SetRules(policy.Rules{Factor: 3000})
	first.Announce(tracker, announceOf(1, started, 0), now.Add(-time.Hour))
	first.Announce(tracker, announceOf(1, plain, 10), now.Add(-time.Minute))
	again := report.New()
	for _, record := range j.records {
		if err := again.Restore(record); err != nil {
			t.Fatal(err)
		}
	}
	again.SetJournal(j, enginetest.ClockAhead(t, now, -16*365*24*time.Hour))
	again.SetRules(policy.Rules{Factor: 3000})
	if again.Stale(now) {
		t.Error("the sessions count as silent for years once the clock is right")
	}
	if err := again.Compact(now); err != nil {
		t.Fatal(err)
	}
	mustReport(t, again.Announce(tracker, announceOf(1, plain, 20), now), 60, exchange.ReasonMultiplied)
	if s := again.Sessions(all); len(s) != 1 || s[0].First != now.Add(-time.Hour).UnixMilli() {
		t.Errorf("sessions: %+v, want one with its first sight an hour ago", s)
	}
}
