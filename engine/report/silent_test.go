package report

import (
	"testing"
	"time"

	"bittoratio/engine/report/ledger"
)

// TestAJumpOfTheClockExpiresNoSession: for a session that announced in this run only the time that really passed
// counts. A computer without a clock of its own starts in the past and is corrected later.
func TestAJumpOfTheClockExpiresNoSession(t *testing.T) {
	now := time.Now()
	oldest := now.Add(-Silent).UnixMilli()
	long := ledger.Session{Last: 1} // on the wall clock before its correction
	for name, c := range map[string]struct {
		s    session
		want bool
	}{
		"announced a second ago":                {session{Session: long, announced: now.Add(-time.Second)}, false},
		"announced in this run, long ago":       {session{Session: long, announced: now.Add(-Silent - time.Second)}, true},
		"announced in an earlier run, long ago": {session{Session: long}, true},
		"announced in an earlier run, lately":   {session{Session: ledger.Session{Last: now.UnixMilli()}}, false},
	} {
		if c.s.silent(now, oldest) != c.want {
			t.Errorf("%s: silent is %v, want %v", name, !c.want, c.want)
		}
	}
}
