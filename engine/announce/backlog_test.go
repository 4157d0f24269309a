package announce_test

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/report/ledger"
)

// BenchmarkBacklog delivers the events of as many sessions as may be pending to a tracker that is back. The time for
// each must not grow with their number: when each delivery searched the whole spool, all took over a minute.
func BenchmarkBacklog(b *testing.B) {
	for b.Loop() {
		deliverBacklog(b)
	}
}

func deliverBacklog(tb testing.TB) {
	spool := newSpool(&memory{})
	for n := range uint32(announce.MaxPending) {
		k := pendingOf(0, started, 0, morning)
		k.Key.InfoHash[0] = 1
		binary.BigEndian.PutUint32(k.Key.InfoHash[1:], n)
		k.DecidedAt = time.Now()
		spool.Add(k)
	}
	ctx, stop := context.WithCancel(tb.Context())
	defer stop()
	send := func(context.Context, announce.Pending) announce.Result { return announce.Result{Delivered: true} }
	deliverer := announce.NewDeliverer(spool, announce.NewHealth(), announce.NewGate[ledger.Key](1), send, func(announce.Pending) {}, func() {
		if spool.Len() <= 4 {
			stop()
		}
	})
	deliverer.Run(ctx)
}
