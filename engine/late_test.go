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
			d := newOutage(t)
			d.send(d.announce(1, 0, "started"), 0)
			d.setFault(func(x *enginetest.Exchange) {
				<-d.gate
				x.Send(answer)
				x.Close()
			})
			if got, _ := d.send(d.announce(1, 100, "completed"), 0); got != good {
				t.Errorf("the client got %q, want %q", got, good)
			}
			if s := d.snapshot(); len(s.Pending) != 1 || s.Torrents[0].Outcome != exchange.OutcomeCached {
				t.Errorf("pending: %+v, recorded: %v; want one pending, and the cached answer", s.Pending, s.Torrents[0].Outcome)
			}
			close(d.gate)
			await(t, "the late answer counts", func() bool { return len(d.e.Snapshot().Pending) == 0 })
			d.clearFault()
			if got, _ := d.send(d.announce(1, 200, "stopped"), 0); got != good {
				t.Errorf("the next announce got %q, want %q", got, good)
			}
			if got := d.received(); got != "0started 300completed 600stopped " {
				t.Errorf("the tracker received %q, want %q", got, "0started 300completed 600stopped ")
			}
		})
	}
}
