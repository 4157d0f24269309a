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

// TestNothingIsAddedWhileAlone checks the guard: upload between two answers without another peer that lacks anything is
// reported as it is; unknown counts have no effect.
func TestNothingIsAddedWhileAlone(t *testing.T) {
	const interval = 30 * time.Minute
	type answer struct {
		leechers int64
		outcome  exchange.Outcome
		failure  string
		late     time.Duration // delay of the next announce, beyond the interval
	}
	for name, c := range map[string]struct {
		off     bool
		left    uint64 // bytes that the client lacks
		answers [2]answer
		want    exchange.Reason
	}{
		"no leecher in both answers":          {answers: [2]answer{{leechers: 0}, {leechers: 0}}, want: exchange.ReasonAlone},
		"the guard is off":                    {off: true, answers: [2]answer{{leechers: 0}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"the client is the only leecher":      {left: 5, answers: [2]answer{{leechers: 1}, {leechers: 1}}, want: exchange.ReasonAlone},
		"there is another leecher":            {left: 5, answers: [2]answer{{leechers: 1}, {leechers: 2}}, want: exchange.ReasonMultiplied},
		"a seeder and one leecher":            {answers: [2]answer{{leechers: 1}, {leechers: 1}}, want: exchange.ReasonMultiplied},
		"a leecher came":                      {answers: [2]answer{{leechers: 0}, {leechers: 3}}, want: exchange.ReasonMultiplied},
		"a leecher left":                      {answers: [2]answer{{leechers: 3}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"the tracker does not count leechers": {answers: [2]answer{{leechers: 0}, {leechers: -1}}, want: exchange.ReasonMultiplied},
		"only one answer":                     {answers: [2]answer{{outcome: exchange.OutcomeFailed, leechers: -1}, {leechers: 0}}, want: exchange.ReasonMultiplied},
		"a cached answer does not count":      {answers: [2]answer{{leechers: 0}, {outcome: exchange.OutcomeCached, leechers: 0}}, want: exchange.ReasonMultiplied},
		"a failure does not count":            {answers: [2]answer{{leechers: 0}, {failure: "no", leechers: 0}}, want: exchange.ReasonMultiplied},
		"the last answer is old":              {answers: [2]answer{{leechers: 0}, {leechers: 0, late: interval + time.Minute}}, want: exchange.ReasonMultiplied},
		"the answer before it is old":         {answers: [2]answer{{leechers: 0, late: interval + time.Minute}, {leechers: 0}}, want: exchange.ReasonMultiplied},
	} {
		r := reporterOn(t, new(journal), 10_000)
		r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Alone: !c.off}}})
		now, total := begin, uint64(0)
		announces := func(e bittorrent.Event) report.Total {
			a := announceOf(1, e, total)
			a.Counters.Left = c.left
			return r.Announce(tracker, a, now)
		}
		f := announces(started)
		for _, a := range c.answers {
			r.Answered(f.Key, &exchange.Entry{
				At: now, Outcome: a.outcome, Failure: a.failure, Interval: interval,
				Swarm: bittorrent.Swarm{Seeders: 1, Leechers: a.leechers, Downloads: -1},
			})
			now, total = now.Add(interval+a.late), total+100
			f = announces(plain)
		}
		if f.Reason != c.want || f.Reason == exchange.ReasonAlone && (f.Held != 100 || f.Grown != 100) {
			t.Errorf("%s: reason %d, want %d: %+v", name, f.Reason, c.want, f)
		}
	}
}

// TestAScrapeShowsThatAPeerIsThere: the tracker's newest count decides, whether it came with an announce or a scrape.
func TestAScrapeShowsThatAPeerIsThere(t *testing.T) {
	r := reporterOn(t, new(journal), 10_000)
	r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Alone: true}}})
	now := time.Now()
	var k ledger.Key
	for i := range uint64(3) {
		f := r.Announce(tracker, announceOf(1, plain, i*100), now)
		k = f.Key
		r.Answered(k, &exchange.Entry{At: now, Swarm: bittorrent.Swarm{Leechers: 0}, Interval: time.Hour})
	}
	r.Scraped(tracker.Host(), map[bittorrent.InfoHash]bittorrent.Swarm{k.InfoHash: {Leechers: 2}})
	if f := r.Announce(tracker, announceOf(1, plain, 400), now); f.Reason != exchange.ReasonMultiplied {
		t.Errorf("after the scrape with a leecher the total is %+v, want it multiplied", f)
	}
}

// twoClients are two clients of one torrent on one tracker that has the guard; one of them lacks something.
func twoClients(t *testing.T) (r *report.Reporter, announces func(n byte, uploaded, left uint64, leechers int64) report.Total) {
	r = reporterOn(t, new(journal), 10_000)
	r.SetRules(policy.Rules{Factor: 2000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Alone: true}}})
	return r, func(n byte, uploaded, left uint64, leechers int64) report.Total {
		a := announceOf(n, plain, uploaded)
		a.Counters.Left = left
		now := time.Now()
		f := r.Announce(tracker, a, now)
		r.Answered(f.Key, &exchange.Entry{At: now, Swarm: bittorrent.Swarm{Leechers: leechers}, Interval: time.Hour})
		return f
	}
}

// TestAnotherClientOfTheUserCountsAsAPeer: if one client of the user lacks something, another one's upload is
// multiplied, because the first may have received it. A client is not company for itself.
func TestAnotherClientOfTheUserCountsAsAPeer(t *testing.T) {
	_, announces := twoClients(t)
	announces(1, 0, 0, 1)
	announces(2, 0, 500, 1)
	announces(2, 0, 400, 1)
	if f := announces(1, 100, 0, 1); f.Reason != exchange.ReasonMultiplied {
		t.Errorf("the seeder's total is %+v, want it multiplied", f)
	}
	if f := announces(2, 100, 300, 1); f.Reason != exchange.ReasonAlone {
		t.Errorf("the only leecher's total is %+v, want nothing added", f)
	}
}

// TestAScrapeCountsOnce checks that a scrape counts once, however many sessions the torrent has had.
func TestAScrapeCountsOnce(t *testing.T) {
	r, announces := twoClients(t)
	announces(2, 0, 0, 3) // of yesterday
	f := announces(1, 0, 0, 3)
	r.Scraped(tracker.Host(), map[bittorrent.InfoHash]bittorrent.Swarm{f.Key.InfoHash: {Leechers: 0}})
	if f := announces(1, 1000, 0, 0); f.Reason != exchange.ReasonMultiplied {
		t.Errorf("the total is %+v, want it multiplied: the answer before the scrape counted leechers", f)
	}
}
