package proxy

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestFiftyAtATimeGoToOneTrackerInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lanes
		var order []int
		inFlight, most := 0, 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 3 * maxPerHost {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Microsecond) // the bubble's clock: they come one after another
				if !l.take(t.Context(), "a", time.Now().Add(time.Hour)) {
					t.Error("no place in an hour")
				}
				mu.Lock()
				order = append(order, i)
				inFlight++
				most = max(most, inFlight)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inFlight--
				mu.Unlock()
				l.release("a")
			})
		}
		if !l.take(t.Context(), "b", time.Now()) {
			t.Error("another tracker has to wait")
		}
		l.release("b")
		all.Wait()
		if most != maxPerHost || len(order) != 3*maxPerHost {
			t.Errorf("%d at a time, %d in all", most, len(order))
		}
		for i, n := range order {
			if i != n {
				t.Fatalf("served in the order %v", order)
			}
		}
		if len(l.hosts) != 0 {
			t.Errorf("left: %v", l.hosts)
		}
	})
}

func TestWhoWaitsForATrackerWaitsOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lanes
		for range maxPerHost {
			l.take(t.Context(), "a", time.Now())
		}
		began := time.Now()
		if l.take(t.Context(), "a", time.Now().Add(time.Second)) || time.Since(began) != time.Second {
			t.Errorf("gave up after %v", time.Since(began))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if l.take(ended, "a", time.Now().Add(time.Hour)) {
			t.Error("a place after the end")
		}
		l.release("a")
		if !l.take(t.Context(), "a", time.Now()) {
			t.Error("those who left still stand in line")
		}
	})
}

func TestAConnectionThatSleptIsNotUsedAgain(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		rested time.Time
		want   bool
	}{
		"a moment ago":              {now.Add(-time.Second), true},
		"a minute ago":              {now.Add(-idleTime), false},
		"the wall clock jumped on":  {now.Round(0).Add(-time.Hour), false},
		"the wall clock was behind": {now.Round(0).Add(time.Hour), false},
	} {
		if fresh(c.rested, now) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}
