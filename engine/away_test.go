//go:build linux

// Only on Linux can a listener be made that accepts no connection.

package engine_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// unreached is a tracker to which no connection succeeds.
type unreached struct {
	breaks   func(d *outage)
	event    string
	uncached bool // nothing is cached

	client      string
	least, most time.Duration // of the client's wait

	outcome exchange.Outcome
	problem exchange.Problem
	pending int
}

// TestClientsOfAnUnreachableTrackerAreAnsweredInTime: the client gets a cached answer after 8 s at most, or 4 s if it
// announces `stopped`; without a cached answer its whole patience is used. No other test runs beside it, since it measures
// how long clients wait.
func TestClientsOfAnUnreachableTrackerAreAnsweredInTime(t *testing.T) {
	enginetest.CheckGoroutines(t)
	gone := func(d *outage) { d.tracker.Close() }
	returns := func(d *outage) {
		d.tracker.Close()
		back := make(chan struct{})
		d.t.Cleanup(func() { <-back })
		go func() {
			defer close(back)
			time.Sleep(2 * time.Second)
			d.tracker = enginetest.NewTrackerAt(d.t, d.target, d.serve)
		}()
	}
	sideBySide(t, map[string]unreached{
		"no server listens": {
			breaks: gone, client: good, most: time.Second,
			outcome: exchange.OutcomeCached, problem: exchange.ProblemRefused, pending: 1,
		},
		"no server listens, nothing cached": {
			breaks: gone, uncached: true, client: ownAnswer("the tracker refused the connection"), least: 2900 * time.Millisecond, most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemRefused, pending: 1,
		},
		"no server listens, stopped, nothing cached": {
			breaks: gone, uncached: true, event: "stopped", client: ownAnswer("the tracker refused the connection"), most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemRefused, pending: 1,
		},
		"the name does not resolve": {
			breaks: func(d *outage) { d.target = strings.Repeat("x", 64) + ".example:80" }, uncached: true,
			client: ownAnswer("the tracker's name does not resolve"), least: 2900 * time.Millisecond, most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemDNS, pending: 1,
		},
		"the tracker returns while the client waits": {
			breaks: returns, uncached: true, client: good, least: 2 * time.Second, most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeForwarded, pending: 0,
		},
		"no answer to the handshake": {
			breaks: blackhole, client: good, least: 7900 * time.Millisecond, most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, pending: 1,
		},
		"no answer to the handshake, stopped": {
			breaks: blackhole, event: "stopped", client: good, most: 5 * time.Second, // as long as libtorrent waits
			outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, pending: 1,
		},
		"no answer to the handshake, nothing cached": {
			breaks: blackhole, uncached: true, client: ownAnswer(late), most: 8500 * time.Millisecond,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemTimeout, pending: 1,
		},
	}, func(t *testing.T, u unreached) {
		d := startOutage(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Patient})
		if !u.uncached {
			d.send(d.announce(1, 0, "started"), 0)
		}
		u.breaks(d)
		began := time.Now()
		got, err := d.send(d.announce(1, 1000, u.event), 0)
		if took := time.Since(began); took < u.least || took > u.most {
			t.Errorf("the client waited %v", took)
		}
		if got != u.client || err != nil {
			t.Errorf("the client got %q (%v), want %q", got, err, u.client)
		}
		s := d.snapshot()
		seen := uint64(1000)
		if u.uncached {
			seen = 0 // the session began there
		}
		if r := s.Torrents[0]; r.Outcome != u.outcome || r.Problem != u.problem || r.Seen != seen {
			t.Errorf("recorded: %v, problem %d, seen %d; want %v, %d, %d", r.Outcome, r.Problem, r.Seen, u.outcome, u.problem, seen)
		}
		if len(s.Pending) != u.pending || u.pending == 1 && s.Pending[0].Event.String() != u.event {
			t.Errorf("pending: %+v, want %d", s.Pending, u.pending)
		}
	})
}

// TestTheNextAddressOfATrackerIsTried: all addresses of a name share the first three seconds.
func TestTheNextAddressOfATrackerIsTried(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	at := netip.MustParseAddrPort(d.target)
	dead := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 99}), at.Port())
	blackhole(&outage{t: t, tracker: enginetest.NewTrackerAt(t, dead.String(), nil), target: dead.String()})
	enginetest.AllNames(t, func(string) []netip.Addr { return []netip.Addr{dead.Addr(), at.Addr()} })
	d.target = fmt.Sprintf("tracker.example:%d", at.Port())
	began := time.Now()
	if got, err := d.send(d.announce(1, 1000, "started"), 0); got != good || err != nil {
		t.Errorf("the client got %q, %v", got, err)
	}
	if took := time.Since(began); took > 3500*time.Millisecond {
		t.Errorf("the client waited %v", took)
	}
	if s := d.snapshot(); d.received() != "1000started " || len(s.Pending) != 0 || s.Trackers[0].Away || s.Torrents[0].Problem != exchange.ProblemNone {
		t.Errorf("the tracker received %q, want the announce; recorded %+v", d.received(), s.Torrents[0])
	}
}

func TestClientsOfAnAwayTrackerAreAnsweredAtOnceUntilItReturns(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.send(d.announce(1, 0, "started"), 0)
	d.send(d.announce(2, 0, "started"), 0)
	d.tracker.Close()
	for i := range 3 {
		if d.snapshot().Trackers[0].Away {
			t.Errorf("away after %d failures", i)
		}
		d.send(d.announce(1, 100*(i+1), ""), 0)
	}
	if tr := d.snapshot().Trackers[0]; !tr.Away || tr.Problem != exchange.ProblemRefused || tr.Torrents != 1 || tr.Since.IsZero() || time.Until(tr.NextTry) > 36*time.Second {
		t.Errorf("after three failures the tracker is %+v, want it away, with a try within 36 s", tr)
	}
	began := time.Now()
	if got, _ := d.send(d.announce(2, 500, "completed"), 0); got != good {
		t.Errorf("the client got %q, want %q", got, good)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("the client waited %v, want an answer at once", took)
	}
	s := d.snapshot()
	if len(s.Pending) != 2 || s.Pending[0].Reported != 900 || s.Pending[1].Reported != 1500 {
		t.Fatalf("pending: %+v, want 900 and 1500", s.Pending)
	}
	if s.Torrents[0].Problem != exchange.ProblemAway || s.Torrents[0].Pending != 2 {
		t.Errorf("recorded: %+v", s.Torrents[0])
	}

	// The tracker recovers, and one pending announce is the probe.
	d.tracker = enginetest.NewTrackerAt(t, d.target, d.serve)
	d.e.Deliver(s.Pending[1].ID)
	await(t, "its return is noticed", func() bool { return !d.e.Snapshot().Trackers[0].Away })
	d.e.Deliver(s.Pending[0].ID)
	await(t, "all is delivered", func() bool { return len(d.e.Snapshot().Pending) == 0 })
	if got := d.received(); got != "900 1500completed " {
		t.Errorf("the tracker received %q, want %q", got, "900 1500completed ")
	}
	// The next plain announce would be too early for the tracker, which has just received the last one.
	if got, _ := d.send(d.announce(1, 400, ""), 0); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.Contains(got, "8:intervali16") {
		t.Errorf("the client got %q", got)
	}
	if got := d.received(); got != "900 1500completed " {
		t.Errorf("the tracker received %q, want %q", got, "900 1500completed ")
	}
}

func TestRetryAfterDelaysDeliveriesAndNotClients(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault(func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")
	})
	d.send(d.announce(1, 0, "started"), 0)
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 59*time.Minute {
		t.Errorf("pending: %+v, want one, after the tracker's pause", w)
	}
	d.clearFault()
	if got, _ := d.send(d.announce(2, 0, "started"), 0); got != good {
		t.Errorf("the client's own announce got %q, want the tracker's answer", got)
	}
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 59*time.Minute {
		t.Errorf("pending: %+v, want one, after the tracker's pause, even though it has answered", w)
	}
	if d.received() != "0started 0started " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started 0started ")
	}
	if err := d.e.Stop(context.Background()); err != nil || len(d.e.Snapshot().Pending) != 1 {
		t.Errorf("Stop: %v; pending: %+v, want one", err, d.e.Snapshot().Pending)
	}
}

func TestMinIntervalDelaysDeliveriesAndNotClients(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault(func(x *enginetest.Exchange) { x.Answer("d8:intervali1800e12:min intervali900e5:peers0:e") })
	d.send(d.announce(1, 0, "started"), 0)
	d.setFault((*enginetest.Exchange).Reset)
	d.send(d.announce(1, 10, ""), 0)
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 14*time.Minute {
		t.Errorf("pending: %+v, want one, after the tracker's pause", w)
	}
	d.clearFault()
	if got, _ := d.send(d.announce(1, 20, ""), 0); got != good || d.received() != "0started 30 60 " {
		t.Errorf("the client's own announce got %q, want the tracker's answer; the tracker received %q", got, d.received())
	}
	if w := d.snapshot().Pending; len(w) != 0 {
		t.Errorf("pending: %+v, want nothing: the tracker has received a newer announce", w)
	}
}

func TestAFailedScrapeDoesNotMakeATrackerAway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault(func(x *enginetest.Exchange) {
		if strings.Contains(x.Head, "/scrape?") {
			x.Reset()
			return
		}
		x.Answer(enginetest.Peers)
	})
	d.send(d.announce(1, 0, "started"), 0)
	for range 5 {
		if got, _ := d.send(d.scrape(), 0); got != ownAnswer(broke) {
			t.Errorf("the client got %q, want %q", got, ownAnswer(broke))
		}
	}
	if tr := d.snapshot().Trackers[0]; tr.Away {
		t.Error("a tracker that answers no scrape counts as away")
	}
	if got, _ := d.send(d.announce(1, 10, ""), 0); got != good {
		t.Errorf("an announce got %q, want the tracker's answer", got)
	}
}

// scrape returns a whole scrape of the outage's torrent.
func (d *outage) scrape() string {
	return fmt.Sprintf("GET http://%s/scrape?info_hash=%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", d.target, enginetest.InfoHash, d.target)
}

const scraped = "d5:filesd20:\x01\x02\x03456789abcdefghijkd8:completei7e10:downloadedi9e10:incompletei2eeee"

// TestTheLastGoodAnswerIsReplayedAsItWasReceived checks which client gets which cached answer, and that a restart keeps
// them.
func TestTheLastGoodAnswerIsReplayedAsItWasReceived(t *testing.T) {
	enginetest.CheckGoroutines(t)
	chunked := "HTTP/1.1 200 OK\r\ntransfer-ENCODING:  chunked\r\nX-Odd:\t1\r\n\r\n2\r\nd8\r\n20;x=1\r\n:intervali1800e5:peers0:3:abci0e\r\n1\r\ne\r\n0\r\nT: 1\r\n\r\n"
	type clientAsk struct {
		request func(d *outage) string
		want    string
	}
	oldClient := func(d *outage) string {
		return strings.Replace(d.announce(1, 1, ""), "HTTP/1.1", "HTTP/1.0", 1)
	}
	plainClient := func(d *outage) string {
		return strings.Replace(d.announce(1, 2, ""), "Accept-Encoding: gzip\r\n", "", 1)
	}
	newerClient := func(d *outage) string { return d.announce(1, 3, "") }
	sideBySide(t, map[string]struct {
		answer string
		cases  []clientAsk
	}{
		"chunked":                                {chunked, []clientAsk{{oldClient, ownAnswer(broke)}, {plainClient, chunked}, {newerClient, chunked}}},
		"compressed":                             {gzipped(enginetest.Peers), []clientAsk{{oldClient, gzipped(enginetest.Peers)}, {plainClient, ownAnswer(broke)}, {newerClient, gzipped(enginetest.Peers)}}},
		"delimited by the end of the connection": {closing, []clientAsk{{oldClient, closing}, {plainClient, closing}, {newerClient, closing}}},
		"a scrape": {
			enginetest.Answer(scraped),
			[]clientAsk{{(*outage).scrape, enginetest.Answer(scraped)}, {newerClient, ownAnswer(broke)}},
		},
	}, func(t *testing.T, c struct {
		answer string
		cases  []clientAsk
	},
	) {
		d := newOutage(t)
		d.setFault(func(x *enginetest.Exchange) {
			x.Send(c.answer)
			x.Close()
		})
		first := d.announce(1, 0, "")
		if c.answer == enginetest.Answer(scraped) {
			first = d.scrape()
		}
		if got, err := d.send(first, 0); got != c.answer || err != nil {
			t.Fatalf("the client got %q, %v", got, err)
		}
		d.setFault((*enginetest.Exchange).Reset)
		for i, a := range c.cases {
			if got, _ := d.send(a.request(d), 0); got != a.want {
				t.Errorf("request %d got %q, want %q", i, got, a.want)
			}
		}
		d.restart()
		last := c.cases[len(c.cases)-1]
		if got, _ := d.send(strings.Replace(last.request(d), "uploaded=3", "uploaded=4", 1), 0); got != last.want {
			t.Errorf("after a restart the client got %q, want %q", got, last.want)
		}
	})
}

func TestAnIdleConnectionThatEndedCausesNoError(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, ends := range map[string]func(*enginetest.Exchange){
		"in order": (*enginetest.Exchange).Close,
		"reset":    (*enginetest.Exchange).Reset,
		"with stray bytes": func(x *enginetest.Exchange) {
			x.Send("HTTP/1.1 408 Too late\r\n\r\n")
			x.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newOutage(t)
			asked := make(chan struct{})
			d.setFault(func(x *enginetest.Exchange) {
				x.Answer(enginetest.Peers)
				if x.N == 1 {
					<-asked
					ends(x)
				}
			})
			c := enginetest.Dial(t, d.e.Snapshot().Addr)
			c.Ask(strings.Replace(d.announce(1, 0, "started"), "Connection: close\r\n", "", 1))
			close(asked)
			time.Sleep(50 * time.Millisecond) // until the end arrives
			if head, body := c.Ask(d.announce(1, 1000, "")); head+body != good {
				t.Errorf("the client got %q, want %q", head+body, good)
			}
			if d.received() != "0started 3000 " || d.tracker.Conns() != 2 {
				t.Errorf("the tracker received %q on %d connections, want both announces on 2", d.received(), d.tracker.Conns())
			}
		})
	}
}

func TestAnAnnounceWhoseClientLeftCountsAndItsAnswerIsCached(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault(func(x *enginetest.Exchange) {
		<-d.gate
		x.Answer("d8:completei44e8:intervali60e5:peers0:e")
	})
	c := enginetest.Dial(t, d.e.Snapshot().Addr)
	c.Send(d.announce(1, 0, "started"))
	d.tracker.Await(t, 1)
	c.Close()
	close(d.gate)
	d.recorded = 1
	if s := d.snapshot(); s.Torrents[0].Swarm.Seeders != 44 || len(s.Pending) != 0 || s.Torrents[0].Outcome != exchange.OutcomeForwarded {
		t.Errorf("recorded: %+v, pending: %+v; want the announce forwarded, and nothing pending", s.Torrents[0], s.Pending)
	}
	d.setFault((*enginetest.Exchange).Reset)
	if got, _ := d.send(d.announce(1, 1, ""), 0); got != enginetest.Answer("d8:completei44e8:intervali60e5:peers0:e") {
		t.Errorf("the client got %q, want the answer that no client had read", got)
	}
}

func TestAnEndlessAnswerIsCutAtEightMebibytes(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.setFault(func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", strings.Repeat("x", 20<<20))
	})
	got, _ := d.send(d.announce(1, 0, "started"), 0)
	if len(got) < 7<<20 || len(got) > 9<<20 {
		t.Errorf("the client got %d bytes, want about 8 MiB", len(got))
	}
	if s := d.snapshot(); s.Torrents[0].Problem != exchange.ProblemProtocol {
		t.Errorf("recorded: %+v", s.Torrents[0])
	}
}
