//go:build clients

package clientstest

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// strictTracker refuses an announce without an event that comes before 9/10 of its interval have passed since the last
// announce that it accepted.
type strictTracker struct {
	t    *testing.T
	addr string

	mu       sync.Mutex
	last     time.Time   // guarded by mu; time of the last accepted announce
	accepted []time.Time // guarded by mu
	early    int         // guarded by mu; how many were refused
}

const strictInterval = 60 * time.Second

func (s *strictTracker) answer(x *enginetest.Exchange) {
	if strings.HasPrefix(x.Head, "GET /scrape?") { // Transmission 4.1 and later send one right after each announce
		x.Answer("d5:filesdee")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	body := fmt.Sprintf("d8:completei1e10:incompletei0e8:intervali%de5:peers0:e", strictInterval/time.Second)
	if x.Query("event") == "" && now.Sub(s.last) < strictInterval*9/10 {
		s.early++
		body = "d14:failure reason9:too earlye"
	} else {
		s.last = now
		s.accepted = append(s.accepted, now)
	}
	x.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

func (s *strictTracker) counts() (accepted, early int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accepted), s.early
}

// TestAStrictTrackerRefusesNoAnnounceAfterAnOutage: an announce that Transmission sent during an outage is delivered
// later; its next announces must not come too early for the tracker, and Transmission must never show an error.
func TestAStrictTrackerRefusesNoAnnounceAfterAnOutage(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	s := &strictTracker{t: t}
	const port = 27200
	s.addr = fmt.Sprintf("127.0.0.2:%d", port)
	tr := enginetest.NewTrackerAt(t, s.addr, s.answer)
	p := startProgram(t, dataFolder(t), "-multiplier", "3")
	w := swarm{torrent: newTorrent(fmt.Sprintf("http://tracker.test:%d/announce", port)), relay: &relay{peers: map[string]net.IP{}}, port: port}
	c := w.newClient(t, "Transmission", 1)
	c.startThrough(p)
	c.share(true)
	awaitWithoutError := func(until func() bool, limit time.Duration, what string) {
		t.Helper()
		for end := time.Now().Add(limit); !until(); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not within %v: %s", limit, what)
			}
			if accepted, _ := s.counts(); accepted > 0 && c.view().Trackers[0].Result != "" {
				if err := c.trackerError(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	logged := func(outcome string) func() bool {
		return func() bool {
			return len(p.log(func(l *logLine) bool { return l.Msg == "announce" && l.Outcome == outcome || l.Msg == outcome })) > 0
		}
	}
	awaitWithoutError(func() bool { accepted, _ := s.counts(); return accepted > 0 }, patience, "the first announce")
	tr.Close()
	awaitWithoutError(logged("cached"), 2*strictInterval, "an announce during the outage")
	enginetest.NewTrackerAt(t, s.addr, s.answer)
	awaitWithoutError(logged("redelivered"), 2*strictInterval, "the delivery of that announce")
	before, _ := s.counts()
	awaitWithoutError(func() bool { accepted, _ := s.counts(); return accepted > before+1 }, 5*strictInterval, "two more announces")
	if _, early := s.counts(); early > 0 {
		t.Errorf("the tracker refused %d announces as too early, want 0", early)
	}
	p.stop()
}
