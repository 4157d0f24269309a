package proxy

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

// TestARepeatIsJoinedForFiveSecondsAfterTheAnswer: later the same announce is a new one.
func TestARepeatIsJoinedForFiveSecondsAfterTheAnswer(t *testing.T) {
	r, now := newRepeats(), time.Now()
	id := said{event: bittorrent.EventStarted}
	f, _, mine := r.join(id, now)
	if !mine {
		t.Fatal("the first is a repeat")
	}
	r.end(id, f, &question{answer: []byte("x"), shared: true, entry: exchange.Entry{Status: 200}}, now)
	for _, c := range []struct {
		after time.Duration
		mine  bool
	}{{0, false}, {4999 * time.Millisecond, false}, {repeatTime, true}} {
		again, done, mine := r.join(id, now.Add(c.after))
		if mine != c.mine || done != nil || !mine && (string(again.wait(t.Context(), done, now)) != "x" || again.how.status != 200) {
			t.Errorf("after %v: %v", c.after, mine)
		}
	}
	// Its own end lets the next one be the first at once: there is nothing to share.
	f, _, _ = r.join(said{}, now)
	r.end(said{}, f, &question{answer: []byte("x")}, now)
	if _, _, mine := r.join(said{}, now); !mine {
		t.Error("an answer of our own is shared with those that come later")
	}
}

// TestARepeatWaitsForTheFirstAndNotForEver: as long as its client has patience.
func TestARepeatWaitsForTheFirstAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, now := newRepeats(), time.Now()
		f, _, _ := r.join(said{}, now)
		for _, answered := range []bool{false, true} {
			again, done, mine := r.join(said{}, now)
			if again != f || mine || done == nil {
				t.Fatal("a repeat is a first")
			}
			if answered {
				r.end(said{}, f, &question{answer: []byte("x")}, time.Now())
			}
			began := time.Now()
			got := again.wait(context.Background(), done, began.Add(8*time.Second))
			if waited := time.Since(began); answered != (string(got) == "x") || answered != (waited == 0) || waited > 8*time.Second {
				t.Errorf("%q after %v", got, waited)
			}
		}
	})
}

func TestTheNumberOfAnswersForRepeatsIsBounded(t *testing.T) {
	r, now := newRepeats(), time.Now()
	for i := range 3 * maxRepeats {
		id := said{counters: bittorrent.Counters{Uploaded: uint64(i)}}
		f, _, _ := r.join(id, now)
		r.end(id, f, &question{answer: []byte("x"), shared: true}, now)
	}
	if len(r.m) > maxRepeats || len(r.ended) > maxRepeats {
		t.Errorf("%d and %d are held", len(r.m), len(r.ended))
	}
}
