package report

import (
	"iter"
	"testing"
	"time"
	"unsafe"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// TestAJumpOfTheClockExpiresNoSession: a session that announced in this run is judged by the time that really passed: a
// computer without a clock of its own begins in the past and is set right later.
func TestAJumpOfTheClockExpiresNoSession(t *testing.T) {
	now := time.Now()
	oldest := now.Add(-Silent).UnixMilli()
	long := ledger.Session{Last: 1} // by the wall clock before it was set right
	for name, c := range map[string]struct {
		s    session
		want bool
	}{
		"heard a moment ago":          {session{Session: long, announced: now.Add(-time.Second)}, false},
		"heard in this run, long ago": {session{Session: long, announced: now.Add(-Silent - time.Second)}, true},
		"heard in an earlier run":     {session{Session: long}, true},
		"heard lately, before this":   {session{Session: ledger.Session{Last: now.UnixMilli()}}, false},
	} {
		if c.s.silent(now, oldest) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

type nowhere struct{}

func (nowhere) Append([]byte) error            { return nil }
func (nowhere) Rewrite(iter.Seq[[]byte]) error { return nil }
func (nowhere) Size() (int64, int)             { return 0, 0 }

// aheadOf returns a moment as a clock showed it that was ahead by so many whole seconds. What really passed until
// another moment stays the same. Package time has no way to make such a value.
func aheadOf(t *testing.T, at time.Time, by time.Duration) time.Time {
	t.Helper()
	ahead := at
	*(*uint64)(unsafe.Pointer(&ahead)) += uint64(by/time.Second) << 30 // the seconds of a value with a monotonic part
	if ahead.Sub(at) != 0 || ahead.UnixMilli()-at.UnixMilli() != by.Milliseconds() {
		t.Fatalf("package time has another form now: %v became %v", at, ahead)
	}
	return ahead
}

// TestAClockThatWasSetBackGivesTheLineItsTime: a computer that starts another system too reads the hour of that one, and
// sets its clock back when it has a network. Without that the ceiling would allow nothing for hours.
func TestAClockThatWasSetBackGivesTheLineItsTime(t *testing.T) {
	const ahead = 3 * time.Hour
	u, err := bittorrent.NewTrackerURL("http", "t.test", "/announce")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r := New()
	r.SetJournal(nowhere{}, now.Add(-time.Minute))
	r.SetRules(policy.Rules{Factor: 10_000, Ceiling: 100})
	var a bittorrent.Announce
	a.Event = bittorrent.EventStarted
	first := r.Announce(u, a, now.Add(-10*time.Second))
	r.begun = aheadOf(t, r.begun, ahead)
	s := r.sessions[first.Key]
	s.Last, s.announced = s.Last+ahead.Milliseconds(), aheadOf(t, s.announced, ahead)
	a.Event, a.Counters.Uploaded = bittorrent.EventNone, 50
	if f := r.Announce(u, a, now); f.Reported != 500 || f.Reason != exchange.ReasonMultiplied {
		t.Errorf("10 s later at 100 bytes a second: %+v", f)
	}
	a.Counters.Uploaded = 5000
	if f := r.Announce(u, a, now.Add(10*time.Second)); f.Reason != exchange.ReasonCeiling {
		t.Errorf("the ceiling is gone: %+v", f)
	}
}
