package report_test

import (
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/checks"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// noticing is a client of one torrent. Its tracker answers all its announces unless it is away.
type noticing struct {
	t    *testing.T
	r    *report.Reporter
	now  time.Time
	port uint16
	left uint64
}

// announces announces a minute after the last announce, and returns what the tracker could notice. The tracker answers
// with this number of leechers, or not at all if away is true.
func (n *noticing) announces(e bittorrent.Event, uploaded uint64, leechers int64, away bool) checks.Noticed {
	n.t.Helper()
	n.now = n.now.Add(time.Minute)
	a := announceOf(1, e, uploaded)
	a.Port, a.Counters.Left = n.port, n.left
	f := n.r.Announce(tracker, a, n.now)
	answer := exchange.Entry{Outcome: exchange.OutcomeForwarded, Event: e, Reported: f.Reported, Swarm: bittorrent.Swarm{Leechers: leechers}, At: n.now}
	if away {
		answer.Outcome, answer.Problem, answer.Swarm = exchange.OutcomeFailed, exchange.ProblemTimeout, bittorrent.UnknownSwarm
	}
	n.r.Answered(f.Key, &answer)
	n.r.Sessions(func(*ledger.Session) bool { return true }) // this names the torrents
	return n.r.Noticed(report.TorrentID(tracker.Host(), a.InfoHash))
}

func newNoticing(t *testing.T, r *report.Reporter) *noticing {
	return &noticing{t: t, r: r, now: begin, port: 51413}
}

func fired(n checks.Noticed) (s checks.Set) {
	for _, f := range n.Findings {
		s = s.With(f.Check)
	}
	return s
}

func TestUploadToAPeerIsNotNoticed(t *testing.T) {
	n := newNoticing(t, reporterOn(t, new(journal), 3000))
	n.announces(started, 0, 2, false)
	got := n.announces(plain, 60<<10, 2, false)
	if len(got.Findings) != 0 || !got.Began || !got.Counted || got.Ceiling || got.Line != checks.DefaultLine/8 || got.Rate != 3<<10 || !got.Since.Equal(begin.Add(time.Minute)) {
		t.Errorf("noticed %+v", got)
	}
}

// TestTheChecksUseTheReportedTotals: the checks use the totals that the tracker received, not the client's own.
func TestTheChecksUseTheReportedTotals(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	r.SetRules(policy.Rules{Factor: 3000, Trackers: map[string]policy.TrackerRule{tracker.Host(): {Ceiling: 1000}}})
	n := newNoticing(t, r)
	n.announces(started, 0, 1, false)
	got := n.announces(plain, 120_000, 1, false) // 2,000 bytes a second of the client's own, which always counts
	if fired(got) != checks.Set(0).With(checks.Speed) || got.Findings[0].Rate != 2000 || got.Findings[0].Line != 1000 || !got.Ceiling {
		t.Errorf("noticed %+v", got)
	}
}

func TestUploadWithoutALeecherIsNoticed(t *testing.T) {
	n := newNoticing(t, reporterOn(t, new(journal), 2000))
	n.announces(started, 0, 0, false)
	if got := n.announces(plain, 1000, 0, false); fired(got) != checks.Set(0).With(checks.Alone) {
		t.Errorf("noticed %+v", got)
	}
	// There was a peer at one of the two answers, or the tracker counts none.
	for _, leechers := range []int64{1, 0, -1} {
		n := newNoticing(t, reporterOn(t, new(journal), 2000))
		n.announces(started, 0, leechers, false)
		n.announces(plain, 0, leechers, false)
		if got := n.announces(plain, 1000, leechers, false); (leechers == 0) != (fired(got) != 0) {
			t.Errorf("%d leechers: noticed %+v, want a finding only without leechers", leechers, got)
		}
	}
	// A client that lacks something is counted by its tracker itself.
	n = newNoticing(t, reporterOn(t, new(journal), 2000))
	n.left = 7
	n.announces(started, 0, 1, false)
	if got := n.announces(plain, 1000, 1, false); fired(got) != checks.Set(0).With(checks.Alone) {
		t.Errorf("noticed %+v", got)
	}
}

// TestTheChecksUseOnlyWhatReachedTheTracker: a tracker that was away gets the growth of that whole time at once, and no
// `started`.
func TestTheChecksUseOnlyWhatReachedTheTracker(t *testing.T) {
	n := newNoticing(t, reporterOn(t, new(journal), 2000))
	n.announces(started, 0, 1, true)
	got := n.announces(plain, 600, 1, false)
	if fired(got) != checks.Set(0).With(checks.Started) || got.Rate != 0 {
		t.Errorf("noticed %+v", got)
	}
	n.announces(plain, 700, -1, true)
	if got := n.announces(plain, 1200, 1, false); got.Rate != 10 { // 1,200 bytes in two minutes
		t.Errorf("the rate is %d bytes a second, want 10", got.Rate)
	}
}

func TestAClientThatRanBeforeNeedsNoStarted(t *testing.T) {
	n := newNoticing(t, reporterOn(t, new(journal), 2000))
	if got := n.announces(plain, 5000, 1, false); len(got.Findings) != 0 || got.Began {
		t.Errorf("noticed %+v", got)
	}
	j := new(journal)
	newNoticing(t, reporterOn(t, j, 2000)).announces(started, 0, 1, false)
	if got := newNoticing(t, reporterOn(t, j, 2000)).announces(plain, 9000, 1, false); len(got.Findings) != 0 || got.Began || got.Rate != 0 {
		t.Errorf("after a restart of this program noticed %+v, want nothing", got)
	}
}

// TestAnUnreachablePortIsNoticed: the port in the newest announce counts; clients that accept no connections
// announce 0 or 1.
func TestAnUnreachablePortIsNoticed(t *testing.T) {
	n := newNoticing(t, reporterOn(t, new(journal), 2000))
	for _, port := range []uint16{0, 1} {
		n.port = port
		if got := n.announces(plain, 0, 1, false); fired(got) != checks.Set(0).With(checks.Port) || got.Findings[0].Port != port {
			t.Errorf("port %d: noticed %+v, want the port", port, got)
		}
	}
	n.port = 2
	if got := n.announces(plain, 0, 1, false); len(got.Findings) != 0 {
		t.Errorf("noticed %+v", got)
	}
	if got := n.r.Noticed("unknown"); got.Findings != nil || !got.Since.IsZero() {
		t.Errorf("noticed %+v", got)
	}
}
