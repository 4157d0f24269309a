package ledger_test

import (
	"math"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

const (
	plain     = bittorrent.EventNone
	started   = bittorrent.EventStarted
	completed = bittorrent.EventCompleted
	stopped   = bittorrent.EventStopped
)

var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// one is a session with its tracker, for a test that makes announces in it.
type one struct {
	t     testing.TB
	s     ledger.Session
	known bool
	rule  policy.Rule
	now   time.Time
}

func at(t testing.TB, f policy.Factor) *one {
	return &one{t: t, rule: policy.Rule{Factor: f}, now: begin}
}

// says announces ten minutes after the last announce, and returns the reported total in bytes.
func (o *one) says(e bittorrent.Event, uploaded uint64) (told uint64, c ledger.Change) {
	o.now = o.now.Add(10 * time.Minute)
	a := bittorrent.Announce{Event: e, Counters: bittorrent.Counters{Uploaded: uploaded, Left: 9}}
	o.s, c = o.s.Announce(a, o.known, o.rule, o.now)
	o.known = true
	return o.s.Reported, c
}

// must announces, and fails if another total is reported.
func (o *one) must(e bittorrent.Event, uploaded, told uint64, why exchange.Reason) ledger.Change {
	o.t.Helper()
	got, c := o.says(e, uploaded)
	if got != told || c.Reason != why {
		o.t.Errorf("%q %d at factor %s: told %d for reason %d, want %d for %d", e, uploaded, o.rule.Factor, got, c.Reason, told, why)
	}
	return c
}

// restart restarts the program: the session is read from its record.
func (o *one) restart() {
	o.t.Helper()
	record := ledger.AppendRecord(nil, ledger.Key{}, &o.s, "t")
	_, s, _, err := ledger.ParseRecord(record)
	if err != nil || s != o.s {
		o.t.Fatalf("%q became %+v (%v), was %+v", record, s, err, o.s)
	}
	o.s = s
}

func TestWorkedExample(t *testing.T) {
	o := at(t, 3000)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1000, 3000, exchange.ReasonMultiplied)
	o.must(plain, 1000, 3000, exchange.ReasonSame)
	o.rule.Factor = 1000
	o.must(plain, 1500, 3500, exchange.ReasonMultiplied)
	o.rule.Factor = 2500
	o.must(plain, 1501, 3502, exchange.ReasonMultiplied)
	o.must(plain, 1502, 3505, exchange.ReasonMultiplied)
	o.must(plain, 1400, 3505, exchange.ReasonStale)
	o.restart()
	o.must(plain, 1602, 3755, exchange.ReasonMultiplied)
	o.must(stopped, 1602, 3755, exchange.ReasonSame)
	o.must(started, 0, 0, exchange.ReasonRestart)
}

func TestRule1NothingBeforeFirstSightIsMultiplied(t *testing.T) {
	for _, e := range []bittorrent.Event{plain, started, completed, stopped} {
		o := at(t, 3000)
		if c := o.must(e, 1000, 1000, exchange.ReasonNew); c.New != 0 || c.Held != 0 {
			t.Errorf("%q: %+v", e, c)
		}
		o.must(plain, 1010, 1030, exchange.ReasonMultiplied)
	}
}

func TestRule2StartedBelowWhatWasSeenIsANewSession(t *testing.T) {
	o := at(t, 2500)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1001, 2502, exchange.ReasonMultiplied) // half a byte is carried
	first := o.s.First
	o.must(started, 1000, 1000, exchange.ReasonRestart)
	if o.s.Carry != 0 {
		t.Errorf("the new session has something of the old: %+v", o.s)
	}
	if want := (exchange.Sums{Seen: 1001, Reported: 2502}); o.s.First != first || o.s.Sums() != want {
		t.Errorf("first sight and sums must stay: %+v", o.s)
	}
	o.must(plain, 1001, 1002, exchange.ReasonMultiplied)
}

func TestRule3NewBytesAreMultiplied(t *testing.T) {
	o := at(t, 1500)
	o.must(started, 0, 0, exchange.ReasonNew)
	for i, told := range []uint64{1, 3, 4, 6, 7, 9} { // one byte each time: the half is carried
		o.must(plain, uint64(i)+1, told, exchange.ReasonMultiplied)
	}
	if c := o.must(completed, 106, 159, exchange.ReasonMultiplied); c.New != 100 {
		t.Errorf("%d new bytes", c.New)
	}
}

// TestRule3AStartedThatContinuesTheTotalIsNoNewSession: a client whose `stopped` got no answer keeps its total when it
// starts again.
func TestRule3AStartedThatContinuesTheTotalIsNoNewSession(t *testing.T) {
	o := at(t, 3000)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(stopped, 1000, 3000, exchange.ReasonMultiplied)
	o.must(started, 1000, 3000, exchange.ReasonSame)
	o.must(started, 1500, 4500, exchange.ReasonMultiplied)
}

func TestRule4AStaleAnnounceReportsTheTotalAgain(t *testing.T) {
	for _, e := range []bittorrent.Event{plain, completed, stopped} {
		o := at(t, 3000)
		o.must(started, 0, 0, exchange.ReasonNew)
		o.must(plain, 1000, 3000, exchange.ReasonMultiplied)
		before := o.s
		o.must(e, 999, 3000, exchange.ReasonStale)
		before.Last = o.s.Last
		if o.s != before {
			t.Errorf("%q changed the session: %+v, was %+v", e, o.s, before)
		}
		o.must(plain, 1001, 3003, exchange.ReasonMultiplied)
	}
}

func TestRule5ADuplicateReportsTheSameTotal(t *testing.T) {
	o := at(t, 2500)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1001, 2502, exchange.ReasonMultiplied)
	for _, e := range []bittorrent.Event{plain, completed, stopped, started, plain} {
		o.rule.Factor += 1000
		if c := o.must(e, 1001, 2502, exchange.ReasonSame); c.New != 0 || o.s.Carry != 500 {
			t.Errorf("%q: %+v, carry %d", e, c, o.s.Carry)
		}
	}
}

func TestRule6NoTotalExceedsTheLargest(t *testing.T) {
	o := at(t, policy.MaxFactor)
	o.must(started, 0, 0, exchange.ReasonNew)
	const tenth = math.MaxInt64 / 1000
	o.must(plain, tenth, tenth*100, exchange.ReasonMultiplied)
	o.must(plain, 9*tenth, tenth*900, exchange.ReasonMultiplied)
	o.must(plain, 10*tenth+9, math.MaxInt64, exchange.ReasonLimit) // the product is slightly too large
	o.must(plain, 11*tenth, math.MaxInt64, exchange.ReasonLimit)
	o.must(plain, 11*tenth, math.MaxInt64, exchange.ReasonSame)
	o.must(plain, math.MaxInt64, math.MaxInt64, exchange.ReasonLimit) // the product exceeds 64 bits
	o.must(started, 5, 5, exchange.ReasonRestart)
}

func TestRule6TheLargestTotalIsReachedExactly(t *testing.T) {
	o := at(t, policy.One)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, math.MaxInt64, math.MaxInt64, exchange.ReasonMultiplied)
}

func TestRule7AChangedFactorAppliesToLaterUpload(t *testing.T) {
	o := at(t, 100_000)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 10, 1000, exchange.ReasonMultiplied)
	for _, f := range []policy.Factor{1000, 5000, 2000, 100_000} {
		o.rule.Factor = f
		told, _ := o.says(plain, o.s.Seen)
		if told != o.s.Reported {
			t.Errorf("factor %s alone moved the total to %d", f, told)
		}
		before := o.s.Reported
		o.must(plain, o.s.Seen+10, before+10*uint64(f)/1000, exchange.ReasonMultiplied)
	}
}

func TestRule8TheCeilingHoldsCreditBack(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Global.PerSecond = 10 // bytes a second: 6000 in ten minutes
	o.must(started, 0, 0, exchange.ReasonNew)
	if c := o.must(plain, 500, 5000, exchange.ReasonMultiplied); c.Held != 0 {
		t.Errorf("held %d below the ceiling", c.Held)
	}
	if c := o.must(plain, 1500, 11_000, exchange.ReasonCeiling); c.Held != 4000 || c.New != 1000 {
		t.Errorf("at the ceiling: %+v, want 1000 new and 4000 held", c)
	}
	if c := o.must(plain, 11_500, 21_000, exchange.ReasonCeiling); c.Held != 90_000 { // the client's own upload always counts
		t.Errorf("above the ceiling: %+v", c)
	}
	o.must(plain, 11_500, 21_000, exchange.ReasonSame) // what was held back is not saved for later
	o.rule.Global.PerSecond = 0
	o.must(plain, 11_600, 22_000, exchange.ReasonMultiplied)
}

func TestRule8NothingIsAddedOnceTheRatioIsReached(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Stop = policy.Stop{At: 2000, Size: 1009} // 9 are left, so the client has 1000
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 100, 1000, exchange.ReasonMultiplied)
	if c := o.must(plain, 300, 2000, exchange.ReasonRatio); c.Held != 1000 {
		t.Errorf("held %d", c.Held)
	}
	if c := o.must(plain, 350, 2050, exchange.ReasonRatio); c.Held != 450 { // the client's own upload always counts
		t.Errorf("held %d", c.Held)
	}
	o.rule.Stop.Size = 0
	o.must(plain, 360, 2060, exchange.ReasonNoSize) // in doubt, factor 1
	o.rule.Stop = policy.Stop{}
	o.must(plain, 370, 2160, exchange.ReasonMultiplied)
}

func TestRule8TheTightestGuardApplies(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Global.PerSecond, o.rule.Tracker.PerSecond = 10, 5
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1000, 3000, exchange.ReasonTracker)
	o.rule.Stop = policy.Stop{At: 1000, Size: 4009}
	o.must(plain, 1500, 4000, exchange.ReasonRatio)
	o.rule.Factor = policy.One
	o.must(plain, 1600, 4100, exchange.ReasonMultiplied)
}

func TestRule8NothingIsAddedWhileAlone(t *testing.T) {
	o := at(t, 2500)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1, 2, exchange.ReasonMultiplied)
	o.rule.Alone, o.rule.Global.PerSecond = true, 1
	if c := o.must(plain, 101, 102, exchange.ReasonAlone); c.Held != 150 || o.s.Carry != 0 {
		t.Errorf("held %d, %d left over", c.Held, o.s.Carry)
	}
	o.must(plain, 101, 102, exchange.ReasonSame)
	o.rule.Factor = policy.One
	o.must(plain, 201, 202, exchange.ReasonMultiplied)
	o.rule.Alone, o.rule.Global.PerSecond, o.rule.Factor = false, 0, 2500
	o.must(plain, 301, 452, exchange.ReasonMultiplied)
}

// TestRule8TheCeilingDropsFractions: everything that a ceiling holds back is dropped, including the fraction of a
// byte.
func TestRule8TheCeilingDropsFractions(t *testing.T) {
	o := at(t, 2500)
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, 1, 2, exchange.ReasonMultiplied)
	o.rule.Global.PerSecond = 1 // 600 in ten minutes
	if o.must(plain, 1002, 1003, exchange.ReasonCeiling); o.s.Carry != 0 {
		t.Errorf("%d thousandths are kept", o.s.Carry)
	}
}

func TestRule8TheCeilingCountsFromTheLastAnnounce(t *testing.T) {
	for _, c := range []struct {
		name string
		wait time.Duration
		told uint64
	}{
		{"at once", 0, 100},
		{"a clock set back", -time.Hour, 100},
		{"half a second", 500 * time.Millisecond, 500},
		{"a second", time.Second, 1000},
		{"a year", 365 * 24 * time.Hour, 10_000},
	} {
		s, _ := ledger.Session{}.Announce(bittorrent.Announce{}, false, policy.Rule{Factor: 1000}, begin)
		a := bittorrent.Announce{Counters: bittorrent.Counters{Uploaded: 100}}
		s, _ = s.Announce(a, true, policy.Rule{Factor: 100_000, Global: policy.Limit{PerSecond: 1000}}, begin.Add(c.wait))
		if s.Reported != c.told {
			t.Errorf("%s: told %d, want %d", c.name, s.Reported, c.told)
		}
	}
}

// TestRule8TheCeilingHoldsBackAnOverflow: a ceiling also holds back a product that overflows.
func TestRule8TheCeilingHoldsBackAnOverflow(t *testing.T) {
	const much = math.MaxInt64 / 50
	for _, uploaded := range []uint64{much, math.MaxInt64 / 2} {
		o := at(t, policy.MaxFactor)
		o.rule.Global.PerSecond = 10
		o.must(started, 0, 0, exchange.ReasonNew)
		o.must(plain, uploaded, uploaded, exchange.ReasonCeiling)
	}
	o := at(t, policy.MaxFactor)
	o.rule.Global.PerSecond = math.MaxUint64 // no ceiling in effect
	o.must(started, 0, 0, exchange.ReasonNew)
	o.must(plain, much, math.MaxInt64, exchange.ReasonLimit)
}

func TestRule9LeftAndEventAreAsTheClientSent(t *testing.T) {
	o := at(t, 3000)
	for _, e := range []bittorrent.Event{started, plain, completed, bittorrent.EventPaused, stopped} {
		if o.says(e, 10); o.s.Event != e || o.s.Left != 9 {
			t.Errorf("event %q, left %d", o.s.Event, o.s.Left)
		}
	}
}

func TestRule11Factor1WithoutCreditReportsTheClientsOwnTotal(t *testing.T) {
	o := at(t, policy.One)
	for _, u := range []uint64{7, 7, 8, 1 << 40, math.MaxInt64} {
		if told, _ := o.says(plain, u); told != u {
			t.Errorf("%d is told as %d", u, told)
		}
	}
}

func TestATimeBefore1970FitsIntoARecord(t *testing.T) {
	for _, now := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<40, 0)} {
		o := at(t, 3000)
		o.now = now.Add(-10 * time.Minute)
		o.must(started, 0, 0, exchange.ReasonNew)
		o.restart()
		o.must(plain, 10, 30, exchange.ReasonMultiplied)
		o.restart()
	}
}
