package feed

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

type state struct{ At time.Time }

// published runs a publisher in a bubble with its own time, and counts the snapshots that it builds. A goroutine that
// is left in the bubble fails the test.
func published(t *testing.T, test func(p *Publisher[state], built *int)) {
	synctest.Test(t, func(*testing.T) {
		built := 0
		p := New(func() *state { built++; return &state{At: time.Now()} })
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { p.Run(ctx); close(done) }()
		test(p, &built)
		stop()
		<-done
	})
}

func TestAtMostFiveSnapshotsASecond(t *testing.T) {
	published(t, func(p *Publisher[state], built *int) {
		sub := p.Subscribe()
		signals := 0
		go func() {
			for range sub.Changed() {
				signals++
			}
		}()
		for range 10_000 { // ten seconds with one change per millisecond
			p.Mark()
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if *built > 51 || *built < 49 || signals > 52 || signals < 49 {
			t.Errorf("%d snapshots and %d signals in ten seconds, want about 50 of each", *built, signals)
		}
		time.Sleep(time.Hour)
		quiet := *built
		time.Sleep(time.Hour)
		if *built != quiet {
			t.Errorf("%d snapshots while nothing changed, want none", *built-quiet)
		}
	})
}

func TestNoSnapshotIsBuiltWithoutASubscriber(t *testing.T) {
	published(t, func(p *Publisher[state], built *int) {
		for range 100 {
			p.Mark()
			time.Sleep(time.Second)
		}
		if *built != 0 {
			t.Errorf("%d snapshots without a subscriber, want 0", *built)
		}
		if s := p.Newest(); *built != 1 || !s.At.Equal(time.Now()) {
			t.Errorf("%d snapshots for one call of Newest, want 1", *built)
		}
		if p.Newest(); *built != 1 {
			t.Error("a snapshot was built again, though nothing changed")
		}
		sub := p.Subscribe()
		<-sub.Changed() // a subscription is signalled at once
		sub.Close()
		sub.Close()
		time.Sleep(time.Second)
		quiet := *built
		p.Mark()
		time.Sleep(time.Hour)
		if *built != quiet {
			t.Errorf("%d snapshots after the last subscriber left, want none", *built-quiet)
		}
	})
}

func TestASubscriberThatReadsNothingDelaysNoOther(t *testing.T) {
	published(t, func(p *Publisher[state], _ *int) {
		idle, active := p.Subscribe(), p.Subscribe()
		for range 1000 { // idle never reads
			p.Mark()
			synctest.Wait()
			time.Sleep(pause)
		}
		for len(active.Changed()) > 0 {
			<-active.Changed()
		}
		p.Mark()
		<-active.Changed()
		if s := p.Newest(); time.Since(s.At) > pause {
			t.Errorf("the snapshot is %v old", time.Since(s.At))
		}
		if len(idle.Changed()) != 1 {
			t.Errorf("the idle subscriber has %d signals, want 1", len(idle.Changed()))
		}
	})
}

func TestTheEndOfPublishingEndsSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(func() *state { return &state{At: time.Now()} })
		sub := p.Subscribe()
		ctx, stop := context.WithCancel(context.Background())
		stop()
		p.Run(ctx)
		n := 0
		for range sub.Changed() { // the last signal is still there, then the channel is closed
			n++
		}
		if n != 1 {
			t.Errorf("%d signals before the end, want 1", n)
		}
		sub.Close()
		for range p.Subscribe().Changed() {
			t.Error("a subscription after the end got a signal")
		}
	})
}
