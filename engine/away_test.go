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
	breaks func(d *drill)
	event  string
	fresh  bool // nothing is cached

	client      string
	least, most time.Duration // of the client's wait

	outcome exchange.Outcome
	problem exchange.Problem
	kept    int
}

// TestClientsOfAnUnreachableTrackerAreAnsweredInTime: the client gets a cached answer after 8 s at most, or 4 s if it
// announces `stopped`; without a cached answer its whole patience is used.
func TestClientsOfAnUnreachableTrackerAreAnsweredInTime(t *testing.T) {
	enginetest.Parallel(t)
	away := func(d *drill) { d.tracker.Close() }
	comesBack := func(d *drill) {
		d.tracker.Close()
		back := make(chan struct{})
		d.t.Cleanup(func() { <-back })
		go func() {
			defer close(back)
			time.Sleep(2 * time.Second)
			d.tracker = enginetest.NewTrackerAt(d.t, d.target, d.play)
		}()
	}
	sideBySide(t, map[string]unreached{
		"nobody listens": {
			breaks: away, client: good, most: time.Second,
			outcome: exchange.OutcomeCached, problem: exchange.ProblemRefused, kept: 1,
		},
		"nobody listens, nothing remembered": {
			breaks: away, fresh: true, client: gone("the tracker refused the connection"), least: 2900 * time.Millisecond, most: 10 * time.Second,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemRefused, kept: 1,
		},
		"nobody listens, a stop, nothing remembered": {
			breaks: away, fresh: true, event: "stopped", client: gone("the tracker refused the connection"), most: 10 * time.Second,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemRefused, kept: 1,
		},
		"the name does not resolve": {
			breaks: func(d *drill) { d.target = strings.Repeat("x", 64) + ".example:80" }, fresh: true,
			client: gone("the tracker's name does not resolve"), least: 2900 * time.Millisecond, most: 10 * time.Second,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemDNS, kept: 1,
		},
		"it comes back while the client waits": {
			breaks: comesBack, fresh: true, client: good, least: 2 * time.Second, most: 10 * time.Second,
			outcome: exchange.OutcomeForwarded, kept: 0,
		},
		"no answer to the handshake": {
			breaks: blackhole, client: good, least: 7900 * time.Millisecond, most: 10 * time.Second,
			outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, kept: 1,
		},
		"no answer to the handshake, a stop": {
			breaks: blackhole, event: "stopped", client: good, most: 6 * time.Second,
			outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, kept: 1,
		},
		"no answer to the handshake, nothing remembered": {
			breaks: blackhole, fresh: true, client: gone(late), most: 10 * time.Second,
			outcome: exchange.OutcomeFailed, problem: exchange.ProblemTimeout, kept: 1,
		},
	}, func(t *testing.T, u unreached) {
		d := startDrill(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Patient})
		if !u.fresh {
			d.sends(d.announce(1, 0, "started"), 0)
		}
		u.breaks(d)
		began := time.Now()
		got, err := d.sends(d.announce(1, 1000, u.event), 0)
		if took := time.Since(began); took < u.least || took > u.most {
			t.Errorf("the client waited %v", took)
		}
		if got != u.client || err != nil {
			t.Errorf("the client got %q, %v, not %q", got, err, u.client)
		}
		s := d.snapshot()
		seen := uint64(1000)
		if u.fresh {
			seen = 0 // the session began there
		}
		if r := s.Torrents[0]; r.Outcome != u.outcome || r.Problem != u.problem || r.Seen != seen {
			t.Errorf("noted %v, problem %d, seen %d", r.Outcome, r.Problem, r.Seen)
		}
		if len(s.Pending) != u.kept || u.kept == 1 && s.Pending[0].Event.String() != u.event {
			t.Errorf("kept: %+v", s.Pending)
		}
	})
}

// TestTheNextAddressOfATrackerIsTried: all addresses of a name share the first three seconds.
func TestTheNextAddressOfATrackerIsTried(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	at := netip.MustParseAddrPort(d.target)
	dead := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 99}), at.Port())
	blackhole(&drill{t: t, tracker: enginetest.NewTrackerAt(t, dead.String(), nil), target: dead.String()})
	enginetest.AllNames(t, func(string) []netip.Addr { return []netip.Addr{dead.Addr(), at.Addr()} })
	d.target = fmt.Sprintf("tracker.example:%d", at.Port())
	began := time.Now()
	if got, err := d.sends(d.announce(1, 1000, "started"), 0); got != good || err != nil {
		t.Errorf("the client got %q, %v", got, err)
	}
	if took := time.Since(began); took > 3500*time.Millisecond {
		t.Errorf("the client waited %v", took)
	}
	if s := d.snapshot(); d.received() != "1000started " || len(s.Pending) != 0 || s.Trackers[0].Away || s.Torrents[0].Problem != exchange.ProblemNone {
		t.Errorf("the tracker received %q; noted %+v", d.received(), s.Torrents[0])
	}
}

func TestClientsOfAnAwayTrackerAreAnsweredAtOnceUntilItReturns(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.sends(d.announce(1, 0, "started"), 0)
	d.sends(d.announce(2, 0, "started"), 0)
	d.tracker.Close()
	for i := range 3 {
		if d.snapshot().Trackers[0].Away {
			t.Errorf("away after %d failures", i)
		}
		d.sends(d.announce(1, 100*(i+1), ""), 0)
	}
	if tr := d.snapshot().Trackers[0]; !tr.Away || tr.Problem != exchange.ProblemRefused || tr.Torrents != 1 || tr.Since.IsZero() || time.Until(tr.NextTry) > 36*time.Second {
		t.Errorf("after three failures: %+v", tr)
	}
	began := time.Now()
	if got, _ := d.sends(d.announce(2, 500, "completed"), 0); got != good {
		t.Errorf("the client got %q", got)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("not answered at once: %v", took)
	}
	s := d.snapshot()
	if len(s.Pending) != 2 || s.Pending[0].Reported != 900 || s.Pending[1].Reported != 1500 {
		t.Fatalf("kept: %+v", s.Pending)
	}
	if s.Torrents[0].Problem != exchange.ProblemAway || s.Torrents[0].Pending != 2 {
		t.Errorf("noted: %+v", s.Torrents[0])
	}

	// The tracker recovers, and one pending announce is the probe.
	d.tracker = enginetest.NewTrackerAt(t, d.target, d.play)
	d.e.Deliver(s.Pending[1].ID)
	await(t, "its return is noticed", func() bool { return !d.e.Snapshot().Trackers[0].Away })
	d.e.Deliver(s.Pending[0].ID)
	await(t, "all is delivered", func() bool { return len(d.e.Snapshot().Pending) == 0 })
	if got := d.received(); got != "900 1500completed " {
		t.Errorf("the tracker received %q", got)
	}
	// The next plain announce would be too early for the tracker, which has just received the last one.
	if got, _ := d.sends(d.announce(1, 400, ""), 0); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.Contains(got, "8:intervali16") {
		t.Errorf("the client got %q", got)
	}
	if got := d.received(); got != "900 1500completed " {
		t.Errorf("the tracker received %q", got)
	}
}

func TestRetryAfterDelaysDeliveriesAndNotClients(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays(func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")
	})
	d.sends(d.announce(1, 0, "started"), 0)
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 59*time.Minute {
		t.Errorf("kept: %+v", w)
	}
	d.heals()
	if got, _ := d.sends(d.announce(2, 0, "started"), 0); got != good {
		t.Errorf("the client's own got %q", got)
	}
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 59*time.Minute {
		t.Errorf("an answer ended the pause the tracker asked for: %+v", w)
	}
	if d.received() != "0started 0started " {
		t.Errorf("the tracker received %q", d.received())
	}
	if err := d.e.Stop(context.Background()); err != nil || len(d.e.Snapshot().Pending) != 1 {
		t.Errorf("stopping: %v, kept %+v", err, d.e.Snapshot().Pending)
	}
}

func TestMinIntervalDelaysDeliveriesAndNotClients(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays(func(x *enginetest.Exchange) { x.Answer("d8:intervali1800e12:min intervali900e5:peers0:e") })
	d.sends(d.announce(1, 0, "started"), 0)
	d.plays((*enginetest.Exchange).Reset)
	d.sends(d.announce(1, 10, ""), 0)
	if w := d.snapshot().Pending; len(w) != 1 || time.Until(w[0].NextTry) < 14*time.Minute {
		t.Errorf("kept: %+v", w)
	}
	d.heals()
	if got, _ := d.sends(d.announce(1, 20, ""), 0); got != good || d.received() != "0started 30 60 " {
		t.Errorf("the client's own got %q; the tracker received %q", got, d.received())
	}
	if w := d.snapshot().Pending; len(w) != 0 {
		t.Errorf("kept although a newer one was heard: %+v", w)
	}
}

func TestAFailedScrapeDoesNotMakeATrackerAway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays(func(x *enginetest.Exchange) {
		if strings.Contains(x.Head, "/scrape?") {
			x.Reset()
			return
		}
		x.Answer(enginetest.Peers)
	})
	d.sends(d.announce(1, 0, "started"), 0)
	for range 5 {
		if got, _ := d.sends(d.scrape(), 0); got != gone(broke) {
			t.Errorf("the client got %q", got)
		}
	}
	if tr := d.snapshot().Trackers[0]; tr.Away {
		t.Error("a tracker without scrape is taken for away")
	}
	if got, _ := d.sends(d.announce(1, 10, ""), 0); got != good {
		t.Errorf("an announce got %q", got)
	}
}

// scrape returns a whole scrape of the drill's torrent.
func (d *drill) scrape() string {
	return fmt.Sprintf("GET http://%s/scrape?info_hash=%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", d.target, enginetest.InfoHash, d.target)
}

const scraped = "d5:filesd20:\x01\x02\x03456789abcdefghijkd8:completei7e10:downloadedi9e10:incompletei2eeee"

// TestTheLastGoodAnswerIsReplayedAsItWasReceived checks which client gets which cached answer, and that a restart keeps
// them.
func TestTheLastGoodAnswerIsReplayedAsItWasReceived(t *testing.T) {
	enginetest.CheckGoroutines(t)
	chunked := "HTTP/1.1 200 OK\r\ntransfer-ENCODING:  chunked\r\nX-Odd:\t1\r\n\r\n2\r\nd8\r\n20;x=1\r\n:intervali1800e5:peers0:3:abci0e\r\n1\r\ne\r\n0\r\nT: 1\r\n\r\n"
	type asks struct {
		request func(d *drill) string
		want    string
	}
	oldClient := func(d *drill) string {
		return strings.Replace(d.announce(1, 1, ""), "HTTP/1.1", "HTTP/1.0", 1)
	}
	plainClient := func(d *drill) string {
		return strings.Replace(d.announce(1, 2, ""), "Accept-Encoding: gzip\r\n", "", 1)
	}
	usual := func(d *drill) string { return d.announce(1, 3, "") }
	sideBySide(t, map[string]struct {
		answer string
		asks   []asks
	}{
		"chunked":            {chunked, []asks{{oldClient, gone(broke)}, {plainClient, chunked}, {usual, chunked}}},
		"compressed":         {packed(enginetest.Peers), []asks{{oldClient, packed(enginetest.Peers)}, {plainClient, gone(broke)}, {usual, packed(enginetest.Peers)}}},
		"ended by the close": {closing, []asks{{oldClient, closing}, {plainClient, closing}, {usual, closing}}},
		"a scrape": {
			enginetest.Answer(scraped),
			[]asks{{(*drill).scrape, enginetest.Answer(scraped)}, {usual, gone(broke)}},
		},
	}, func(t *testing.T, c struct {
		answer string
		asks   []asks
	},
	) {
		d := newDrill(t)
		d.plays(func(x *enginetest.Exchange) {
			x.Send(c.answer)
			x.Close()
		})
		first := d.announce(1, 0, "")
		if c.answer == enginetest.Answer(scraped) {
			first = d.scrape()
		}
		if got, err := d.sends(first, 0); got != c.answer || err != nil {
			t.Fatalf("the client got %q, %v", got, err)
		}
		d.plays((*enginetest.Exchange).Reset)
		for i, a := range c.asks {
			if got, _ := d.sends(a.request(d), 0); got != a.want {
				t.Errorf("request %d got %q, not %q", i, got, a.want)
			}
		}
		d.restart()
		last := c.asks[len(c.asks)-1]
		if got, _ := d.sends(strings.Replace(last.request(d), "uploaded=3", "uploaded=4", 1), 0); got != last.want {
			t.Errorf("after a restart: %q, not %q", got, last.want)
		}
	})
}

// restart restarts the program on the same data folder.
func (d *drill) restart() {
	d.t.Helper()
	addr := d.snapshot().Addr
	if err := d.e.Close(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	d.e = enginetest.Engine(d.t, engine.Options{Multiplier: 3 * policy.One, Folder: d.e.Folder(), Listen: addr})
	d.said = 0
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
			d := newDrill(t)
			asked := make(chan struct{})
			d.plays(func(x *enginetest.Exchange) {
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
				t.Errorf("the client got %q", head+body)
			}
			if d.received() != "0started 3000 " || d.tracker.Conns() != 2 {
				t.Errorf("the tracker received %q on %d connections", d.received(), d.tracker.Conns())
			}
		})
	}
}

func TestAnAnnounceWhoseClientLeftCountsAndItsAnswerIsCached(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays(func(x *enginetest.Exchange) {
		<-d.gate
		x.Answer("d8:completei44e8:intervali60e5:peers0:e")
	})
	c := enginetest.Dial(t, d.e.Snapshot().Addr)
	c.Send(d.announce(1, 0, "started"))
	d.tracker.Await(t, 1)
	c.Close()
	close(d.gate)
	d.said = 1
	if s := d.snapshot(); s.Torrents[0].Swarm.Seeders != 44 || len(s.Pending) != 0 || s.Torrents[0].Outcome != exchange.OutcomeForwarded {
		t.Errorf("noted: %+v, kept %+v", s.Torrents[0], s.Pending)
	}
	d.plays((*enginetest.Exchange).Reset)
	if got, _ := d.sends(d.announce(1, 1, ""), 0); got != enginetest.Answer("d8:completei44e8:intervali60e5:peers0:e") {
		t.Errorf("the answer nobody read is not remembered: %q", got)
	}
}

func TestAnEndlessAnswerIsCutAtEightMebibytes(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newDrill(t)
	d.plays(func(x *enginetest.Exchange) {
		x.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", strings.Repeat("x", 20<<20))
	})
	got, _ := d.sends(d.announce(1, 0, "started"), 0)
	if len(got) < 7<<20 || len(got) > 9<<20 {
		t.Errorf("the client got %d bytes", len(got))
	}
	if s := d.snapshot(); s.Torrents[0].Problem != exchange.ProblemProtocol {
		t.Errorf("noted: %+v", s.Torrents[0])
	}
}
