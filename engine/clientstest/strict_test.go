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

// strictTracker refuses a plain announce that comes before 9/10 of its interval have passed since the last one.
type strictTracker struct {
	t    *testing.T
	addr string

	mu    sync.Mutex
	last  time.Time   // guarded by mu; of the last announce that was taken
	taken []time.Time // guarded by mu
	early int         // guarded by mu; refused
}

const strictInterval = 60 * time.Second

func (s *strictTracker) answer(x *enginetest.Exchange) {
	if strings.HasPrefix(x.Head, "GET /scrape?") { // Transmission from 4.1 on asks as soon as it has announced
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
		s.taken = append(s.taken, now)
	}
	x.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

func (s *strictTracker) counts() (taken, early int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken), s.early
}

// TestAStrictTrackerRefusesNothingAfterAnOutage: Transmission announces while the tracker is away, and what it said arrives
// late; its next announces come when the tracker takes them, and it shows no error at any time.
func TestAStrictTrackerRefusesNothingAfterAnOutage(t *testing.T) {
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
	content := func(until func() bool, limit time.Duration, what string) {
		t.Helper()
		for end := time.Now().Add(limit); !until(); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not in %v: %s", limit, what)
			}
			if taken, _ := s.counts(); taken > 0 && c.view().Trackers[0].Result != "" {
				if err := c.content(); err != nil {
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
	content(func() bool { taken, _ := s.counts(); return taken > 0 }, patience, "the first announce")
	tr.Close()
	content(logged("cached"), 2*strictInterval, "an announce while the tracker is away")
	enginetest.NewTrackerAt(t, s.addr, s.answer)
	content(logged("redelivered"), 2*strictInterval, "its late delivery")
	late, _ := s.counts()
	content(func() bool { taken, _ := s.counts(); return taken > late+1 }, 5*strictInterval, "two more announces")
	if _, early := s.counts(); early > 0 {
		t.Errorf("the tracker has refused %d announces as too early", early)
	}
	p.stop()
}
