package commandline

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/exchange"
)

// seen is an engine that has some exchanges after a while.
type seen struct {
	began   time.Time
	after   time.Duration
	entries []exchange.Entry // numbered from 1
}

func (s *seen) Activity(seq uint64) ([]exchange.Entry, uint64) {
	if time.Since(s.began) < s.after {
		return nil, 0
	}
	return s.entries[seq:], 0
}

func (s *seen) Snapshot() *engine.Snapshot {
	return &engine.Snapshot{State: engine.On, Addr: "127.0.0.1:8080"}
}

func TestCheckEndsWithTheFirstAnnounceOrTheReason(t *testing.T) {
	announced := exchange.Entry{Seq: 1, Kind: exchange.KindAnnounce, Client: "Transmission 3.00", Tracker: "t.example", Status: 200}
	refused := announced
	refused.Failure = "unregistered torrent"
	stranger := announced
	stranger.Client = "qBittorrent 5.3.0"
	untrusted := exchange.Entry{Seq: 1, Kind: exchange.KindTunnel, Problem: exchange.ProblemUntrusted}
	for _, c := range []struct {
		name, client  string
		entries       []exchange.Entry
		output, fails string
		took          time.Duration
	}{
		{"an announce of that client", "transmission", []exchange.Entry{announced}, "Transmission 3.00 is connected: t.example got its announce", "", 30 * time.Second},
		{"an announce of any client", "", []exchange.Entry{announced}, "Transmission 3.00 is connected", "", 30 * time.Second},
		{"refused by the tracker", "transmission-2.12", []exchange.Entry{refused}, "refused its announce (unregistered torrent)", "", 30 * time.Second},
		{"another client", "transmission", []exchange.Entry{stranger}, "", "from qBittorrent 5.3.0 and not from Transmission", checkTime},
		{"the certificate is not trusted", "transmission", []exchange.Entry{untrusted}, "", "does not trust the certificate", 30 * time.Second},
		{"nothing", "transmission", nil, "", "did you restart Transmission after the change", checkTime},
		{"a client that only converts", "ktorrent", nil, "", "only converted torrents come here", checkTime},
		{"no such client", "x", nil, "", "no client is called", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				began := time.Now()
				a := Args{Check: true, CheckClient: c.client}
				err := a.await(nil, &seen{began, 30 * time.Second, c.entries}, &out)
				if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) || !strings.Contains(out.String(), c.output) || time.Since(began) != c.took {
					t.Errorf("%v after %v, want %q after %v; the output is\n%s", err, time.Since(began), c.fails, c.took, &out)
				}
			})
		})
	}
}

func TestAnInterruptedCheckReportsWhatItKnows(t *testing.T) {
	quit := make(chan struct{})
	close(quit)
	a := Args{Check: true, CheckClient: "transmission"}
	if err := a.await(quit, &seen{began: time.Now()}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "nothing came") {
		t.Errorf("await returned %v", err)
	}
}
