package proxy_test

import (
	"context"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestALiveAnnounceIsTheProbe: what is kept of a tracker that is away may all have to wait for the tracker's min
// interval, for half an hour say. An announce that a client means to say now need not, and when a probe is due it is
// the one, in the background: the client is answered at once.
func TestALiveAnnounceIsTheProbe(t *testing.T) {
	enginetest.CheckGoroutines(t)
	for name, c := range map[string]struct {
		failed time.Duration // ago
		probes bool
	}{
		"when a probe is due":         {time.Hour, true},
		"not while the pause is long": {0, false},
	} {
		t.Run(name, func(t *testing.T) {
			tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { x.Answer("d8:intervali1800e12:min intervali900e5:peers0:e") })
			p := parts()
			sent := make(chan announce.Pending, 1)
			p.Deliverer = announce.NewDeliverer(p.Spool, p.Health, p.Turns, func(_ context.Context, k announce.Pending) announce.Result {
				sent <- k
				return announce.Result{Delivered: true}
			}, nil, func() {})
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { p.Deliverer.Run(ctx); close(done) }()
			defer func() { stop(); <-done }()
			client := enginetest.Dial(t, serve(t, p))
			_, good := client.Ask(enginetest.Announce(tr.Addr, "0", "&event=started"))
			for range announce.AwayAfter {
				p.Health.Failed(tr.Addr, exchange.ProblemReset, time.Now().Add(-c.failed))
			}
			if _, body := client.Ask(enginetest.Announce(tr.Addr, "7", "")); body != good {
				t.Errorf("the client got %q", body)
			}
			if len(tr.Heads()) != 1 || p.Spool.Len() != 1 && !c.probes {
				t.Errorf("the tracker heard %d, %d are kept", len(tr.Heads()), p.Spool.Len())
			}
			if !c.probes {
				if k := p.Spool.All()[0]; time.Until(k.Earliest()) < 14*time.Minute {
					t.Errorf("kept to %v", k.Earliest())
				}
				return
			}
			if k := <-sent; !k.Plain() || k.Reported != 7 {
				t.Errorf("sent %+v", k)
			}
			enginetest.Eventually(t, "its return is noticed", func() bool { _, away := p.Health.Away(tr.Addr); return !away })
		})
	}
}
