package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// TestNothingIsAddedWhileAlone holds the guard: what was uploaded between two answers by which nobody else lacked anything
// is told as it is, and what is not known holds nothing back.
func TestNothingIsAddedWhileAlone(t *testing.T) {
	const interval = 30 * time.Minute
	type answer struct {
		leechers int64
		outcome  exchange.Outcome
		failure  string
		late     time.Duration // before the next announce, beside the interval
	}
	for name, c := range map[string]struct {
		off     bool
		left    uint64 // that the client lacks
		answers [2]answer
		want    exchange.Reason
	}{
		"nobody twice":                     {answers: [2]answer{{leechers: 0}, {leechers: 0}}, want: exchange.ReasonAlone},
		"the guard is off":                 {off: true, answers: [2]answer{{leechers: 0}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"the client alone lacks something": {left: 5, answers: [2]answer{{leechers: 1}, {leechers: 1}}, want: exchange.ReasonAlone},
		"another lacks something, too":     {left: 5, answers: [2]answer{{leechers: 1}, {leechers: 2}}, want: exchange.ReasonMultiplied},
		"a seed and one who lacks":         {answers: [2]answer{{leechers: 1}, {leechers: 1}}, want: exchange.ReasonMultiplied},
		"somebody came":                    {answers: [2]answer{{leechers: 0}, {leechers: 3}}, want: exchange.ReasonMultiplied},
		"somebody was there before":        {answers: [2]answer{{leechers: 3}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"it does not count":                {answers: [2]answer{{leechers: 0}, {leechers: -1}}, want: exchange.ReasonMultiplied},
		"one answer":                       {answers: [2]answer{{outcome: exchange.OutcomeFailed, leechers: -1}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"an answer of ours says nothing":   {answers: [2]answer{{leechers: 0}, {outcome: exchange.OutcomeCached, leechers: 0}}, want: exchange.ReasonMultiplied},
		"a failure says nothing":           {answers: [2]answer{{leechers: 0}, {failure: "no", leechers: 0}}, want: exchange.ReasonMultiplied},
		"the last answer is old":           {answers: [2]answer{{leechers: 0}, {leechers: 0, late: interval + time.Minute}}, want: exchange.ReasonMultiplied},
		"the one before is old":            {answers: [2]answer{{leechers: 0, late: interval + time.Minute}, {leechers: 0}}, want: exchange.ReasonMultiplied},
	} {
		r := reporterOn(t, new(journal), 10_000)
		r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Alone: !c.off}}})
		now, total := begin, uint64(0)
		say := func(e bittorrent.Event) report.Figure {
			a := says(1, e, total)
			a.Counters.Left = c.left
			return r.Announce(tracker, a, now)
		}
		f := say(started)
		for _, a := range c.answers {
			r.Answered(f.Key, &exchange.Entry{
				At: now, Outcome: a.outcome, Failure: a.failure, Interval: interval,
				Swarm: bittorrent.Swarm{Seeders: 1, Leechers: a.leechers, Downloads: -1},
			})
			now, total = now.Add(interval+a.late), total+100
			f = say(plain)
		}
		if f.Reason != c.want || f.Reason == exchange.ReasonAlone && (f.Held != 100 || f.Grown != 100) {
			t.Errorf("%s: %d, %+v", name, f.Reason, f)
		}
	}
}

// TestAScrapeTellsThatSomebodyIsThere: the last that the tracker counted decides, whatever asked it.
func TestAScrapeTellsThatSomebodyIsThere(t *testing.T) {
	r := reporterOn(t, new(journal), 10_000)
	r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Alone: true}}})
	now := time.Now()
	var k ledger.Key
	for i := range uint64(3) {
		f := r.Announce(tracker, says(1, plain, i*100), now)
		k = f.Key
		r.Answered(k, &exchange.Entry{At: now, Swarm: bittorrent.Swarm{Leechers: 0}, Interval: time.Hour})
	}
	r.Scraped(tracker.Host(), map[bittorrent.InfoHash]bittorrent.Swarm{k.InfoHash: {Leechers: 2}})
	if f := r.Announce(tracker, says(1, plain, 400), now); f.Reason != exchange.ReasonMultiplied {
		t.Errorf("%+v", f)
	}
}
