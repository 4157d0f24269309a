package cost

import (
	"testing"
	"time"
)

// recorder is a testing.TB that records whether the test failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestABudgetCountsWorkAndNotWaiting(t *testing.T) {
	for _, c := range []struct {
		what  string
		do    func()
		fails bool
	}{
		{"waiting", func() { time.Sleep(50 * time.Millisecond * slower) }, false},
		{"work", func() {
			for begin, was := processor(t), time.Duration(0); was < 50*time.Millisecond*slower; was = processor(t) - begin {
			}
		}, true},
	} {
		r := recorder{TB: t}
		AtMost(&r, c.what, 20*time.Millisecond, 1, c.do)
		if r.failed != c.fails {
			t.Errorf("%s: over the budget: %v, want %v", c.what, r.failed, c.fails)
		}
	}
}
