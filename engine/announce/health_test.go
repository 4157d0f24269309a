package announce_test

import (
	"strconv"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/exchange"
)

const host = "tracker.example"

func TestThreeFailuresInARowMakeATrackerAway(t *testing.T) {
	h := announce.NewHealth()
	for i := range 3 {
		if _, away := h.Away(host); away {
			t.Fatalf("away after %d failures", i)
		}
		h.Failed(host, exchange.ProblemRefused, morning)
	}
	if p, away := h.Away(host); !away || p != exchange.ProblemRefused {
		t.Errorf("after three: %v, %v", p, away)
	}
	if s, ok := h.State(host); !ok || !s.Away || !s.Since.Equal(morning) || s.Problem != exchange.ProblemRefused || s.Next.Before(morning.Add(30*time.Second)) {
		t.Errorf("state %+v, %v", s, ok)
	}
	if !h.MarkUp(host, morning) {
		t.Error("an answer after failures is not news")
	}
	if _, away := h.Away(host); away {
		t.Error("away after an answer")
	}
	h.Failed(host, exchange.ProblemRefused, morning)
	h.Failed(host, exchange.ProblemRefused, morning)
	if _, away := h.Away(host); away {
		t.Error("failures before an answer still count")
	}
}

func TestPausesDoubleFromThirtySecondsToFifteenMinutes(t *testing.T) {
	h := announce.NewHealth()
	now := morning
	for i, want := range []time.Duration{30, 60, 120, 240, 480, 900, 900, 900} {
		want *= time.Second
		h.Failed(host, exchange.ProblemTimeout, now)
		next, probe := h.Next(host)
		least, most := want, want+want/5
		if want == 15*time.Minute {
			least, most = want-want/5, want
		}
		if pause := next.Sub(now); !probe || pause < least || pause > most {
			t.Errorf("pause %d is %v", i+1, pause)
		}
		now = next
	}
}

// TestAComputerWithoutANetworkLooksEveryMinute: the tracker is not to blame, and a probe costs it nothing.
func TestAComputerWithoutANetworkLooksEveryMinute(t *testing.T) {
	h := announce.NewHealth()
	now := morning
	for range 8 {
		h.Failed(host, exchange.ProblemNoRoute, now)
		next, _ := h.Next(host)
		if pause := next.Sub(now); pause > 72*time.Second {
			t.Errorf("pause %v", pause)
		}
		now = next
	}
	h.Failed(host, exchange.ProblemTimeout, now)
	if next, _ := h.Next(host); next.Sub(now) < 2*time.Minute {
		t.Errorf("a tracker that is silent is asked again after %v", next.Sub(now))
	}
}

func TestFiftyFailuresAtOnceAreOnePause(t *testing.T) {
	h := announce.NewHealth()
	for i := range 50 {
		h.Failed(host, exchange.ProblemTimeout, morning.Add(time.Duration(i)*time.Millisecond))
	}
	if next, _ := h.Next(host); next.Sub(morning) > 36*time.Second {
		t.Errorf("next try after %v", next.Sub(morning))
	}
}

func TestOneScrapeAPauseIsTheProbe(t *testing.T) {
	h := announce.NewHealth()
	for range 3 {
		h.Failed(host, exchange.ProblemTimeout, morning)
	}
	if _, away := h.AwayOrProbe(host, morning.Add(time.Second)); !away {
		t.Error("asked before the pause ended")
	}
	later := morning.Add(time.Minute)
	if _, away := h.AwayOrProbe(host, later); away {
		t.Error("no probe after the pause")
	}
	if _, away := h.AwayOrProbe(host, later); !away {
		t.Error("two probes at once")
	}
}

func TestRetryAfterHoldsOursAndTheUsersWordEndsIt(t *testing.T) {
	h := announce.NewHealth()
	until := morning.Add(time.Hour)
	h.Hold(host, until)
	h.MarkUp(host, morning)
	if at, probe := h.Next(host); !at.Equal(until) || probe || !h.Held(host, morning) {
		t.Errorf("ours at %v, probe %v", at, probe)
	}
	if _, away := h.Away(host); away {
		t.Error("the client's own do not pass")
	}
	h.ClearBackoff(host)
	if at, _ := h.Next(host); !at.IsZero() || h.Held(host, morning) {
		t.Errorf("forgiven, and still held until %v", at)
	}
}

func TestNumberOfSickTrackersIsBounded(t *testing.T) {
	h := announce.NewHealth()
	remembered := 0
	for i := range 2000 {
		h.Failed(strconv.Itoa(i)+".example", exchange.ProblemDNS, morning)
	}
	for i := range 2000 {
		if _, ok := h.State(strconv.Itoa(i) + ".example"); ok {
			remembered++
		}
	}
	if remembered != 1000 {
		t.Errorf("%d of 2000 are remembered", remembered)
	}
}

func TestRetryAfterIsReadAsSecondsOrDate(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "0": 0, "99999999": 24 * time.Hour,
		"Fri, 01 May 2026 08:01:00 GMT": time.Minute, "Fri, 01 May 2020 08:01:00 GMT": 0, "Fri, 01 May 2036 08:01:00 GMT": 24 * time.Hour,
		"": -1, "-5": -1, "soon": -1, "1.5": -1,
	} {
		d, ok := announce.ParseRetryAfter(value, morning)
		if !ok {
			d = -1
		}
		if d != want {
			t.Errorf("%q is %v, not %v", value, d, want)
		}
	}
}
