package cost

import (
	"testing"
	"time"
)

// verdict is a test that only notes whether it failed.
type verdict struct {
	testing.TB
	failed bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Logf(string, ...any)   {}
func (v *verdict) Errorf(string, ...any) { v.failed = true }

func TestWorkCostsAndWaitingDoesNot(t *testing.T) {
	for _, c := range []struct {
		what string
		do   func()
		dear bool
	}{
		{"waiting", func() { time.Sleep(50 * time.Millisecond * slower) }, false},
		{"work", func() {
			for begin, was := processor(t), time.Duration(0); was < 50*time.Millisecond*slower; was = processor(t) - begin {
			}
		}, true},
	} {
		v := verdict{TB: t}
		AtMost(&v, c.what, 20*time.Millisecond, 1, c.do)
		if v.failed != c.dear {
			t.Errorf("%s: too dear is %v", c.what, v.failed)
		}
	}
}
