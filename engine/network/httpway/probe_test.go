package httpway_test

import (
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestALiveAnnounceIsTheProbe of a tracker that is away, as soon as one is due; otherwise the client is answered at
// once.
func TestALiveAnnounceIsTheProbe(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, c := range map[string]struct {
		failed time.Duration // ago
		probes int
	}{
		"when a probe is due":         {time.Hour, 1},
		"not while the pause is long": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer("d8:intervali1800e12:min intervali900e5:peers0:e") })
			p := parts()
			entries := make(chan struct{}, 2) // the desk learns only after the client has its answer
			p.Note = func(exchange.Entry) { entries <- struct{}{} }
			client := enginetest.Dial(t, serve(t, p))
			_, good := client.Ask(enginetest.Announce(tr.Addr, "0", "&event=started"))
			<-entries
			for range announce.AwayAfter {
				p.Health.FailedDial(tr.Addr, exchange.ProblemRefused, time.Now().Add(-c.failed))
			}
			if _, body := client.Ask(enginetest.Announce(tr.Addr, "7", "")); body != good {
				t.Errorf("the client got %q, want %q", body, good)
			}
			<-entries
			if n := len(tr.Heads()); n != 1+c.probes || p.Spool.Len() != 1-c.probes {
				t.Errorf("the tracker received %d announces, %d are pending", n, p.Spool.Len())
			}
			if c.probes == 0 {
				return
			}
			if _, away := p.Health.Away(tr.Addr); away {
				t.Error("the tracker still counts as unreachable after its answer")
			}
		})
	}
}
