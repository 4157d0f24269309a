package announce_test

import (
	"strconv"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
)

const host = "tracker.example"

func TestThreeFailedDialsInARowMakeATrackerAway(t *testing.T) {
	h := announce.NewHealth()
	for i := range 3 {
		if _, away := h.Away(host); away {
			t.Fatalf("away after %d failures", i)
		}
		h.FailedDial(host, exchange.ProblemRefused, morning)
	}
	if p, away := h.Away(host); !away || p != exchange.ProblemRefused {
		t.Errorf("after three failed dials: problem %v, away %v; want away", p, away)
	}
	if s, ok := h.State(host); !ok || !s.Away || !s.Since.Equal(morning) || s.Problem != exchange.ProblemRefused || s.Next.Before(morning.Add(30*time.Second)) {
		t.Errorf("state %+v, known %v", s, ok)
	}
	if !h.MarkUp(host, morning) {
		t.Error("an answer after failures is not reported as a change")
	}
	if _, away := h.Away(host); away {
		t.Error("the tracker is still away after an answer")
	}
	h.FailedDial(host, exchange.ProblemRefused, morning)
	h.FailedDial(host, exchange.ProblemRefused, morning)
	if _, away := h.Away(host); away {
		t.Error("failures before an answer still count")
	}
}

// TestTwoSilentTorrentsMakeATrackerAway, because the cause of a single one may be that torrent.
func TestTwoSilentTorrentsMakeATrackerAway(t *testing.T) {
	h := announce.NewHealth()
	one, other := bittorrent.InfoHash{1}, bittorrent.InfoHash{2}
	for range 10 {
		h.Silent(host, one, morning)
	}
	if _, away := h.Away(host); away {
		t.Error("one torrent without an answer makes its tracker away")
	}
	h.MarkUp(host, morning)
	h.Silent(host, other, morning)
	if _, away := h.Away(host); away {
		t.Error("an answer between two silences does not count")
	}
	h.Silent(host, one, morning)
	if p, away := h.Away(host); !away || p != exchange.ProblemTimeout {
		t.Errorf("after two silent torrents: problem %v, away %v; want away", p, away)
	}
}

// TestPausesAreShortForTenMinutes, and then double up to 15 minutes.
func TestPausesAreShortForTenMinutes(t *testing.T) {
	h := announce.NewHealth()
	now := morning
	var last time.Duration
	for i := range 30 {
		h.FailedDial(host, exchange.ProblemTimeout, now)
		next, probe := h.Next(host)
		last = next.Sub(now)
		most := 15 * time.Minute
		if now.Sub(morning) < 10*time.Minute {
			most = time.Minute
		}
		if !probe || last < 30*time.Second || last > most {
			t.Errorf("pause %d, %v after the first failure, is %v", i+1, now.Sub(morning), last)
		}
		now = next
	}
	if last < 12*time.Minute {
		t.Errorf("the last pause is %v, want about 15 minutes", last)
	}
}

// TestProbesOfManyTrackersDoNotCoincide, after any pause: if the network fails, all trackers fail at once.
func TestProbesOfManyTrackersDoNotCoincide(t *testing.T) {
	var pauses [20]map[time.Duration]bool
	for range 20 {
		h, now := announce.NewHealth(), morning
		for i := range pauses {
			h.FailedDial(host, exchange.ProblemTimeout, now)
			next, _ := h.Next(host)
			if pauses[i] == nil {
				pauses[i] = map[time.Duration]bool{}
			}
			pauses[i][next.Sub(now)] = true
			now = next
		}
	}
	for i, p := range pauses {
		if len(p) < 15 {
			t.Errorf("after %d failures, 20 trackers have only %d different pauses", i+1, len(p))
		}
	}
}

// TestWithoutANetworkATrackerIsProbedEveryMinute: the tracker is not the cause, and a probe costs it nothing.
func TestWithoutANetworkATrackerIsProbedEveryMinute(t *testing.T) {
	h := announce.NewHealth()
	now := morning
	for range 8 {
		h.FailedDial(host, exchange.ProblemNoRoute, now)
		next, _ := h.Next(host)
		if pause := next.Sub(now); pause > 72*time.Second {
			t.Errorf("the pause is %v, want a minute", pause)
		}
		now = next
	}
}

func TestFiftyFailuresAtOnceLengthenThePauseOnce(t *testing.T) {
	h := announce.NewHealth()
	for i := range 50 {
		h.FailedDial(host, exchange.ProblemTimeout, morning.Add(time.Duration(i)*time.Millisecond))
	}
	if next, _ := h.Next(host); next.Sub(morning) > 36*time.Second {
		t.Errorf("the next try is after %v, want the first pause", next.Sub(morning))
	}
}

func TestOneRequestPerPauseIsTheProbe(t *testing.T) {
	h := announce.NewHealth()
	for range 3 {
		h.FailedDial(host, exchange.ProblemTimeout, morning)
	}
	if _, away, _ := h.AwayOrProbe(host, true, morning.Add(time.Second)); !away {
		t.Error("a probe was allowed before the pause ended")
	}
	later := morning.Add(time.Minute)
	if _, away, _ := h.AwayOrProbe(host, true, later); away {
		t.Error("no probe was allowed after the pause")
	}
	if _, away, _ := h.AwayOrProbe(host, true, later); !away {
		t.Error("two probes were allowed at once")
	}
}

func TestRetryAfterDelaysDeliveriesUntilTheUserEndsIt(t *testing.T) {
	h := announce.NewHealth()
	until := morning.Add(time.Hour)
	h.Hold(host, until)
	h.MarkUp(host, morning)
	if at, probe := h.Next(host); !at.Equal(until) || probe || !h.Held(host, morning) {
		t.Errorf("the next delivery is at %v, probe %v; want %v and no probe", at, probe, until)
	}
	if _, away := h.Away(host); away {
		t.Error("the clients' own announces are held too")
	}
	h.ClearBackoff(host)
	if at, _ := h.Next(host); !at.IsZero() || h.Held(host, morning) {
		t.Errorf("deliveries are held until %v though the user ended the pause", at)
	}
}

func TestTheNumberOfTrackersWithFailuresIsBounded(t *testing.T) {
	h := announce.NewHealth()
	remembered := 0
	for i := range 2000 {
		h.FailedDial(strconv.Itoa(i)+".example", exchange.ProblemDNS, morning)
	}
	for i := range 2000 {
		if _, ok := h.State(strconv.Itoa(i) + ".example"); ok {
			remembered++
		}
	}
	if remembered != 1000 {
		t.Errorf("%d of 2000 trackers are remembered, want 1000", remembered)
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
			t.Errorf("%q is %v, want %v", value, d, want)
		}
	}
}
