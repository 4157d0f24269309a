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

// announces announces ten minutes after the last announce, and returns the reported total in bytes.
func (o *one) announces(e bittorrent.Event, uploaded uint64) (reported uint64, c ledger.Change) {
	o.now = o.now.Add(10 * time.Minute)
	a := bittorrent.Announce{Event: e, Counters: bittorrent.Counters{Uploaded: uploaded, Left: 9}}
	o.s, c = o.s.Announce(a, o.known, o.rule, o.now)
	o.known = true
	return o.s.Reported, c
}

// expect announces, and fails if another total is reported.
func (o *one) expect(e bittorrent.Event, uploaded, reported uint64, reason exchange.Reason) ledger.Change {
	o.t.Helper()
	got, c := o.announces(e, uploaded)
	if got != reported || c.Reason != reason {
		o.t.Errorf("%q %d at factor %s: reported %d for reason %d, want %d for %d", e, uploaded, o.rule.Factor, got, c.Reason, reported, reason)
	}
	return c
}

// restart restarts the program: the session is read from its record.
func (o *one) restart() {
	o.t.Helper()
	record := ledger.AppendRecord(nil, ledger.Key{}, &o.s, "t")
	_, s, _, err := ledger.ParseRecord(record)
	if err != nil || s != o.s {
		o.t.Fatalf("record %q is read as %+v (%v), want %+v", record, s, err, o.s)
	}
	o.s = s
}

func TestWorkedExample(t *testing.T) {
	o := at(t, 3000)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1000, 3000, exchange.ReasonMultiplied)
	o.expect(plain, 1000, 3000, exchange.ReasonSame)
	o.rule.Factor = 1000
	o.expect(plain, 1500, 3500, exchange.ReasonMultiplied)
	o.rule.Factor = 2500
	o.expect(plain, 1501, 3502, exchange.ReasonMultiplied)
	o.expect(plain, 1502, 3505, exchange.ReasonMultiplied)
	o.expect(plain, 1400, 3505, exchange.ReasonStale)
	o.restart()
	o.expect(plain, 1602, 3755, exchange.ReasonMultiplied)
	o.expect(stopped, 1602, 3755, exchange.ReasonSame)
	o.expect(started, 0, 0, exchange.ReasonRestart)
}

func TestRule1NothingBeforeFirstSightIsMultiplied(t *testing.T) {
	for _, e := range []bittorrent.Event{plain, started, completed, stopped} {
		o := at(t, 3000)
		if c := o.expect(e, 1000, 1000, exchange.ReasonNew); c.New != 0 || c.Held != 0 {
			t.Errorf("%q: %+v, want no new bytes and none held back", e, c)
		}
		o.expect(plain, 1010, 1030, exchange.ReasonMultiplied)
	}
}

func TestRule2StartedBelowWhatWasSeenIsANewSession(t *testing.T) {
	o := at(t, 2500)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1001, 2502, exchange.ReasonMultiplied) // half a byte is carried
	first := o.s.First
	o.expect(started, 1000, 1000, exchange.ReasonRestart)
	if o.s.Carry != 0 {
		t.Errorf("the new session has the old one's carry: %+v", o.s)
	}
	if want := (exchange.Sums{Seen: 1001, Reported: 2502}); o.s.First != first || o.s.Sums() != want {
		t.Errorf("the new session is %+v, want the old first sight, and the sums %+v", o.s, want)
	}
	o.expect(plain, 1001, 1002, exchange.ReasonMultiplied)
}

func TestRule3NewBytesAreMultiplied(t *testing.T) {
	o := at(t, 1500)
	o.expect(started, 0, 0, exchange.ReasonNew)
	for i, reported := range []uint64{1, 3, 4, 6, 7, 9} { // one byte each time: the half is carried
		o.expect(plain, uint64(i)+1, reported, exchange.ReasonMultiplied)
	}
	if c := o.expect(completed, 106, 159, exchange.ReasonMultiplied); c.New != 100 {
		t.Errorf("%d new bytes, want 100", c.New)
	}
}

// TestRule3AStartedThatContinuesTheTotalIsNoNewSession: a client whose `stopped` got no answer keeps its total when it
// starts again.
func TestRule3AStartedThatContinuesTheTotalIsNoNewSession(t *testing.T) {
	o := at(t, 3000)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(stopped, 1000, 3000, exchange.ReasonMultiplied)
	o.expect(started, 1000, 3000, exchange.ReasonSame)
	o.expect(started, 1500, 4500, exchange.ReasonMultiplied)
}

func TestRule4AStaleAnnounceReportsTheTotalAgain(t *testing.T) {
	for _, e := range []bittorrent.Event{plain, completed, stopped} {
		o := at(t, 3000)
		o.expect(started, 0, 0, exchange.ReasonNew)
		o.expect(plain, 1000, 3000, exchange.ReasonMultiplied)
		before := o.s
		o.expect(e, 999, 3000, exchange.ReasonStale)
		before.Last = o.s.Last
		if o.s != before {
			t.Errorf("%q made the session %+v, want %+v as before", e, o.s, before)
		}
		o.expect(plain, 1001, 3003, exchange.ReasonMultiplied)
	}
}

func TestRule5ADuplicateReportsTheSameTotal(t *testing.T) {
	o := at(t, 2500)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1001, 2502, exchange.ReasonMultiplied)
	for _, e := range []bittorrent.Event{plain, completed, stopped, started, plain} {
		o.rule.Factor += 1000
		if c := o.expect(e, 1001, 2502, exchange.ReasonSame); c.New != 0 || o.s.Carry != 500 {
			t.Errorf("%q: %+v, carry %d; want no new bytes, and 500", e, c, o.s.Carry)
		}
	}
}

func TestRule6NoTotalExceedsTheLargest(t *testing.T) {
	o := at(t, policy.MaxFactor)
	o.expect(started, 0, 0, exchange.ReasonNew)
	const tenth = math.MaxInt64 / 1000
	o.expect(plain, tenth, tenth*100, exchange.ReasonMultiplied)
	o.expect(plain, 9*tenth, tenth*900, exchange.ReasonMultiplied)
	o.expect(plain, 10*tenth+9, math.MaxInt64, exchange.ReasonLimit) // the product is slightly too large
	o.expect(plain, 11*tenth, math.MaxInt64, exchange.ReasonLimit)
	o.expect(plain, 11*tenth, math.MaxInt64, exchange.ReasonSame)
	o.expect(plain, math.MaxInt64, math.MaxInt64, exchange.ReasonLimit) // the product exceeds 64 bits
	o.expect(started, 5, 5, exchange.ReasonRestart)
}

func TestRule6TheLargestTotalIsReachedExactly(t *testing.T) {
	o := at(t, policy.One)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, math.MaxInt64, math.MaxInt64, exchange.ReasonMultiplied)
}

func TestRule7AChangedFactorAppliesToLaterUpload(t *testing.T) {
	o := at(t, 100_000)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 10, 1000, exchange.ReasonMultiplied)
	for _, f := range []policy.Factor{1000, 5000, 2000, 100_000} {
		o.rule.Factor = f
		reported, _ := o.announces(plain, o.s.Seen)
		if reported != o.s.Reported {
			t.Errorf("factor %s without new bytes changed the total to %d, want %d", f, reported, o.s.Reported)
		}
		before := o.s.Reported
		o.expect(plain, o.s.Seen+10, before+10*uint64(f)/1000, exchange.ReasonMultiplied)
	}
}

func TestRule8TheCeilingHoldsCreditBack(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Global.PerSecond = 10 // bytes a second: 6000 in ten minutes
	o.expect(started, 0, 0, exchange.ReasonNew)
	if c := o.expect(plain, 500, 5000, exchange.ReasonMultiplied); c.Held != 0 {
		t.Errorf("%d bytes are held back below the ceiling, want 0", c.Held)
	}
	if c := o.expect(plain, 1500, 11_000, exchange.ReasonCeiling); c.Held != 4000 || c.New != 1000 {
		t.Errorf("at the ceiling: %+v, want 1000 new and 4000 held", c)
	}
	if c := o.expect(plain, 11_500, 21_000, exchange.ReasonCeiling); c.Held != 90_000 { // the client's own upload always counts
		t.Errorf("above the ceiling: %+v, want 90,000 held", c)
	}
	o.expect(plain, 11_500, 21_000, exchange.ReasonSame) // what was held back is not saved for later
	o.rule.Global.PerSecond = 0
	o.expect(plain, 11_600, 22_000, exchange.ReasonMultiplied)
}

func TestRule8NothingIsAddedOnceTheRatioIsReached(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Stop = policy.Stop{At: 2000, Size: 1009} // 9 are left, so the client has 1000
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 100, 1000, exchange.ReasonMultiplied)
	if c := o.expect(plain, 300, 2000, exchange.ReasonRatio); c.Held != 1000 {
		t.Errorf("%d bytes are held back at the ratio, want 1000", c.Held)
	}
	if c := o.expect(plain, 350, 2050, exchange.ReasonRatio); c.Held != 450 { // the client's own upload always counts
		t.Errorf("%d bytes are held back at the ratio, want 450", c.Held)
	}
	o.rule.Stop.Size = 0
	o.expect(plain, 360, 2060, exchange.ReasonNoSize) // in doubt, factor 1
	o.rule.Stop = policy.Stop{}
	o.expect(plain, 370, 2160, exchange.ReasonMultiplied)
}

func TestRule8TheTightestGuardApplies(t *testing.T) {
	o := at(t, 10_000)
	o.rule.Global.PerSecond, o.rule.Tracker.PerSecond = 10, 5
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1000, 3000, exchange.ReasonTracker)
	o.rule.Stop = policy.Stop{At: 1000, Size: 4009}
	o.expect(plain, 1500, 4000, exchange.ReasonRatio)
	o.rule.Factor = policy.One
	o.expect(plain, 1600, 4100, exchange.ReasonMultiplied)
}

func TestRule8NothingIsAddedWhileAlone(t *testing.T) {
	o := at(t, 2500)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1, 2, exchange.ReasonMultiplied)
	o.rule.Alone, o.rule.Global.PerSecond = true, 1
	if c := o.expect(plain, 101, 102, exchange.ReasonAlone); c.Held != 150 || o.s.Carry != 0 {
		t.Errorf("%d bytes are held back, carry %d; want 150 and 0", c.Held, o.s.Carry)
	}
	o.expect(plain, 101, 102, exchange.ReasonSame)
	o.rule.Factor = policy.One
	o.expect(plain, 201, 202, exchange.ReasonMultiplied)
	o.rule.Alone, o.rule.Global.PerSecond, o.rule.Factor = false, 0, 2500
	o.expect(plain, 301, 452, exchange.ReasonMultiplied)
}

// TestRule8TheCeilingDropsFractions: everything that a ceiling holds back is dropped, including the fraction of a
// byte.
func TestRule8TheCeilingDropsFractions(t *testing.T) {
	o := at(t, 2500)
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, 1, 2, exchange.ReasonMultiplied)
	o.rule.Global.PerSecond = 1 // 600 in ten minutes
	if o.expect(plain, 1002, 1003, exchange.ReasonCeiling); o.s.Carry != 0 {
		t.Errorf("the carry is %d thousandths, want 0", o.s.Carry)
	}
}

func TestRule8TheCeilingCountsFromTheLastAnnounce(t *testing.T) {
	for _, c := range []struct {
		name     string
		wait     time.Duration
		reported uint64
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
		if s.Reported != c.reported {
			t.Errorf("%s: reported %d, want %d", c.name, s.Reported, c.reported)
		}
	}
}

// TestRule8TheCeilingHoldsBackAnOverflow: a ceiling also holds back a product that overflows.
func TestRule8TheCeilingHoldsBackAnOverflow(t *testing.T) {
	const much = math.MaxInt64 / 50
	for _, uploaded := range []uint64{much, math.MaxInt64 / 2} {
		o := at(t, policy.MaxFactor)
		o.rule.Global.PerSecond = 10
		o.expect(started, 0, 0, exchange.ReasonNew)
		o.expect(plain, uploaded, uploaded, exchange.ReasonCeiling)
	}
	o := at(t, policy.MaxFactor)
	o.rule.Global.PerSecond = math.MaxUint64 // no ceiling in effect
	o.expect(started, 0, 0, exchange.ReasonNew)
	o.expect(plain, much, math.MaxInt64, exchange.ReasonLimit)
}

func TestRule9LeftAndEventAreAsTheClientSent(t *testing.T) {
	o := at(t, 3000)
	for _, e := range []bittorrent.Event{started, plain, completed, bittorrent.EventPaused, stopped} {
		if o.announces(e, 10); o.s.Event != e || o.s.Left != 9 {
			t.Errorf("the session has event %q and left %d, want %q and 9", o.s.Event, o.s.Left, e)
		}
	}
}

func TestRule11Factor1WithoutCreditReportsTheClientsOwnTotal(t *testing.T) {
	o := at(t, policy.One)
	for _, u := range []uint64{7, 7, 8, 1 << 40, math.MaxInt64} {
		if reported, _ := o.announces(plain, u); reported != u {
			t.Errorf("reported %d, want the client's own total %d", reported, u)
		}
	}
}

func TestATimeBefore1970FitsIntoARecord(t *testing.T) {
	for _, now := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<40, 0)} {
		o := at(t, 3000)
		o.now = now.Add(-10 * time.Minute)
		o.expect(started, 0, 0, exchange.ReasonNew)
		o.restart()
		o.expect(plain, 10, 30, exchange.ReasonMultiplied)
		o.restart()
	}
}
