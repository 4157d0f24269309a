package engine_test

import (
	"testing"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestALateAnswerCountsAsDelivered: when it arrives the client has a cached answer already, and the tracker must
// receive the announce only once.
func TestALateAnswerCountsAsDelivered(t *testing.T) {
	enginetest.Parallel(t)
	for name, answer := range map[string]string{
		"good":           good,
		"malformed head": "220 mail.example\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDrill(t)
			d.sends(d.announce(1, 0, "started"), 0)
			d.plays(func(x *enginetest.Exchange) {
				<-d.gate
				x.Send(answer)
				x.Close()
			})
			if got, _ := d.sends(d.announce(1, 100, "completed"), 0); got != good {
				t.Errorf("the client got %q", got)
			}
			if s := d.snapshot(); len(s.Pending) != 1 || s.Torrents[0].Outcome != exchange.OutcomeCached {
				t.Errorf("pending %+v, noted %v", s.Pending, s.Torrents[0].Outcome)
			}
			close(d.gate)
			await(t, "the late answer counts", func() bool { return len(d.e.Snapshot().Pending) == 0 })
			d.heals()
			if got, _ := d.sends(d.announce(1, 200, "stopped"), 0); got != good {
				t.Errorf("the next announce got %q", got)
			}
			if got := d.received(); got != "0started 300completed 600stopped " {
				t.Errorf("the tracker received %q", got)
			}
		})
	}
}
