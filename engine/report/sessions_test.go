package report_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report"
	"bittoratio/engine/report/ledger"
)

func all(*ledger.Session) bool { return true }

func TestSessionsReturnsWhatIsKnown(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	f := r.Announce(tracker, announceOf(1, started, 0), begin)
	r.Announce(other, announceOf(1, started, 7), begin)
	r.Announce(tracker, announceOf(1, plain, 10), begin.Add(time.Minute))
	got := r.Sessions(all)
	if len(got) != 2 || got[0].Host != "t.test:6969" || got[1].Host != "u.test" {
		t.Fatalf("sessions: %+v, want one on t.test and one on u.test", got)
	}
	s := got[0]
	if s.Seen != 10 || s.Reported != 30 || s.Client != "Transmission 4.1.4" || s.Factor != 3000 || s.InfoHash != f.Key.InfoHash || s.ID != report.SessionID(f.Key) {
		t.Errorf("the session is %+v", s)
	}
	if s.First != begin.UnixMilli() || s.Last != begin.Add(time.Minute).UnixMilli() || s.Status.Answered || s.Status.Swarm != bittorrent.UnknownSwarm {
		t.Errorf("the session is %+v", s)
	}
	if few := r.Sessions(func(s *ledger.Session) bool { return s.Seen == 7 }); len(few) != 1 || few[0].Host != "u.test" {
		t.Errorf("chosen sessions: %+v, want that on u.test", few)
	}
}

func TestSessionIDsDifferAndRevealNothing(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range []bittorrent.TrackerURL{tracker, other} {
		for n := range byte(3) {
			id := report.SessionID(keyOf(u, announceOf(n, plain, 0)))
			if len(id) != 16 || strings.Trim(id, "0123456789abcdef") != "" || seen[id] {
				t.Errorf("id %q, want 16 hexadecimal digits that no other session has", id)
			}
			seen[id] = true
		}
	}
}

func TestAnswersUpdateTheirSession(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	f := r.Announce(tracker, announceOf(1, started, 0), begin)
	swarm := bittorrent.Swarm{Seeders: 3, Leechers: 2, Downloads: 1}
	r.Answered(f.Key, &exchange.Entry{Client: "a client", Outcome: exchange.OutcomeForwarded, Status: 200, Swarm: swarm, Interval: time.Hour, At: begin})
	if s := r.Sessions(all)[0]; !s.Status.Answered || s.Status.Swarm != swarm || s.Status.Interval != time.Hour || s.Status.Reason != exchange.ReasonNew || s.Client != "a client" {
		t.Errorf("the session is %+v", s)
	}
	// A failure brings nothing new about the swarm or the interval: the old values stay.
	r.Answered(f.Key, &exchange.Entry{Client: "a client", Outcome: exchange.OutcomeFailed, Problem: exchange.ProblemTimeout, Swarm: bittorrent.UnknownSwarm, At: begin})
	if s := r.Sessions(all)[0].Status; s.Swarm != swarm || s.Interval != time.Hour || s.Problem != exchange.ProblemTimeout {
		t.Errorf("the session is %+v", s)
	}
	r.Answered(ledger.Key{}, &exchange.Entry{Client: "nobody"})

	scraped := bittorrent.Swarm{Seeders: 9, Leechers: 8, Downloads: 7}
	r.Announce(other, announceOf(1, started, 0), begin)
	r.Scraped("t.test:6969", map[bittorrent.InfoHash]bittorrent.Swarm{{1}: scraped, {9}: swarm})
	r.Scraped("u.test", map[bittorrent.InfoHash]bittorrent.Swarm{{2}: swarm})
	if got := r.Sessions(all); got[0].Status.Swarm != scraped || got[1].Status.Swarm != bittorrent.UnknownSwarm {
		t.Errorf("after a scrape the sessions are %+v, want the new counts only on the scraped tracker", got)
	}
}

// TestSettingTheClockBackDelaysNoAnnounce: a min interval ends when it would have ended, or has no effect.
func TestSettingTheClockBackDelaysNoAnnounce(t *testing.T) {
	r := reporterOn(t, new(journal), 3000)
	f := r.Announce(tracker, announceOf(1, started, 0), begin)
	r.Answered(f.Key, &exchange.Entry{Outcome: exchange.OutcomeForwarded, MinInterval: 15 * time.Minute, At: begin})
	if f := r.Announce(tracker, announceOf(1, plain, 1), begin.Add(time.Minute)); !f.Due.Equal(begin.Add(15 * time.Minute)) {
		t.Errorf("due at %v, want at the end of min interval", f.Due)
	}
	if f := r.Announce(tracker, announceOf(1, plain, 2), begin.AddDate(-1, 0, 0)); !f.Due.IsZero() {
		t.Errorf("due at %v after the clock was set back a year, want at once", f.Due)
	}
}

// TestTheLawsHoldForConcurrentAnnounces: clients send duplicates on several connections at once, while the journal is
// rewritten, its disk fails now and then, and the window reads the sessions.
func TestTheLawsHoldForConcurrentAnnounces(t *testing.T) {
	const clients, connections, steps = 4, 3, 200
	j := new(journal)
	r := reporterOn(t, j, 2500)
	var reportedOf [clients][steps]struct {
		sync.Mutex
		totals []uint64
	}
	done := make(chan struct{})
	var busy, others sync.WaitGroup
	for n := range clients {
		// A late `started` would begin the session again (rule 2), so it is sent once, first of all.
		r.Announce(tracker, announceOf(byte(n), started, 0), begin)
		for c := range connections {
			busy.Go(func() {
				for i := range steps {
					f := r.Announce(tracker, announceOf(byte(n), plain, uint64(i)*1001), begin.Add(time.Duration(i)*time.Second))
					r.Answered(f.Key, &exchange.Entry{Client: "c", Swarm: bittorrent.UnknownSwarm})
					reportedOf[n][i].Lock()
					reportedOf[n][i].totals = append(reportedOf[n][i].totals, f.Reported)
					reportedOf[n][i].Unlock()
					if i%20 == c {
						r.Scraped("t.test:6969", map[bittorrent.InfoHash]bittorrent.Swarm{{1}: {}})
					}
				}
			})
		}
	}
	others.Go(func() {
		random := rand.New(rand.NewPCG(1, 2))
		for {
			select {
			case <-done:
				return
			default:
			}
			switch random.IntN(4) {
			case 0:
				j.fail(errFull)
				_ = r.Trouble()
				j.fail(nil)
			case 1:
				_ = r.Compact(begin)
			case 2:
				r.Bloated()
				r.Sessions(all)
			case 3:
				r.Totals()
			}
		}
	})
	busy.Wait()
	close(done)
	others.Wait()
	var seen, reported uint64
	for n := range clients {
		k := keyOf(tracker, announceOf(byte(n), plain, 0))
		last, _ := r.Reported(k)
		for i := range steps {
			for _, total := range reportedOf[n][i].totals {
				if total < uint64(i)*1001 || total > last {
					t.Errorf("client %d uploaded %d: reported %d; want at least that, and at most the last total %d", n, i*1001, total, last)
				}
			}
		}
		seen, reported = seen+(steps-1)*1001, reported+last
	}
	mustTotal(t, r, seen, reported)
	if err := r.Compact(begin); err != nil || r.Trouble() != nil {
		t.Fatalf("Compact: %v, trouble: %v", err, r.Trouble())
	}
	mustTotal(t, reporterOn(t, j, 2500), seen, reported)
}
