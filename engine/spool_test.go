//go:build linux

package engine_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/report/policy"
)

// bySession returns what a tracker received, by session and in order.
func bySession(heads []string) map[string]string {
	out := map[string]string{}
	for _, head := range heads {
		out[enginetest.Query(head, "peer_id")] += enginetest.Query(head, "event") + ":" + enginetest.Query(head, "uploaded") + " "
	}
	return out
}

// leaveThreePending leaves the last three announces of each session pending: started, completed and stopped.
func (d *outage) leaveThreePending(sessions byte) {
	d.t.Helper()
	d.setFault((*enginetest.Exchange).Reset)
	for peer := range sessions {
		d.send(d.announce(peer, 0, "started"), 0)
		d.send(d.announce(peer, 10, ""), 0)
		d.send(d.announce(peer, 20, "completed"), 0)
		d.send(d.announce(peer, 30, ""), 0)
		d.send(d.announce(peer, 40, "stopped"), 0)
	}
	if w := d.snapshot().Pending; len(w) != 3*int(sessions) {
		d.t.Fatalf("%d announces are pending, want three of each session", len(w))
	}
}

func TestStopDeliversPendingAnnouncesInOrderAndReportsProgress(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.leaveThreePending(6)
	before := len(d.tracker.Heads())
	d.setFault(func(x *enginetest.Exchange) {
		time.Sleep(100 * time.Millisecond)
		x.Answer(enginetest.Peers)
	})
	var progress []engine.Delivery
	watch := d.e.Subscribe()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		for range watch.Changed() {
			if p := d.e.Snapshot().Delivery; p != nil {
				progress = append(progress, *p)
			}
		}
	}()
	began := time.Now()
	if err := d.e.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("Stop took %v", took)
	}
	watch.Close()
	<-watching
	if s := d.e.Snapshot(); len(s.Pending) != 0 || s.Delivery != nil || s.State != engine.Off {
		t.Errorf("after the stop: %d pending, delivery %+v, state %d; want 0, none, Off", len(s.Pending), s.Delivery, s.State)
	}
	got := bySession(d.tracker.Heads()[before:])
	if len(got) != 6 {
		t.Errorf("the tracker received announces of %d sessions, want 6", len(got))
	}
	for peer, received := range got {
		if received != "started:0 completed:60 stopped:120 " {
			t.Errorf("of session %s the tracker received %q, want %q", peer, received, "started:0 completed:60 stopped:120 ")
		}
	}
	if len(progress) == 0 || progress[0].Delivered+progress[0].Left != 18 {
		t.Errorf("progress %+v, want 18 announces in the first step", progress)
	}
}

func TestStopLeavesTheRestForTheNextStart(t *testing.T) {
	enginetest.Parallel(t)
	d := startOutage(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Hurried()})
	d.leaveThreePending(5)
	d.setFault(func(x *enginetest.Exchange) { x.Body(1) }) // the tracker is silent
	began := time.Now()
	if err := d.e.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("Stop took %v", took)
	}
	d.tracker.Close()
	d.restart()
	w := d.e.Snapshot().Pending
	if len(w) != 15 {
		t.Fatalf("%d announces are pending after the restart, want 15", len(w))
	}
	for _, k := range w[:3] {
		if k.Since.IsZero() || k.Tracker != d.target || k.InfoHash.String() != enginetest.HexHash {
			t.Errorf("pending after the restart: %+v, want its time, tracker and torrent", k)
		}
	}
	d.e.Forget(w[3].ID) // by the user: the second session's `started`
	d.clearFault()
	d.tracker = enginetest.NewTrackerAt(t, d.target, d.serve)
	d.deliverAll()
	got := bySession(d.tracker.Heads())
	for peer, received := range got {
		want := "started:0 completed:60 stopped:120 "
		if strings.HasSuffix(peer, "1") {
			want = "completed:60 stopped:120 "
		}
		if received != want {
			t.Errorf("of session %s the tracker received %q, want %q", peer, received, want)
		}
	}
	if len(got) != 5 {
		t.Errorf("the tracker received announces of %d sessions, want 5", len(got))
	}
}

// deliverAll delivers everything now.
func (d *outage) deliverAll() {
	d.t.Helper()
	await(d.t, "everything is delivered", func() bool {
		w := d.e.Snapshot().Pending
		for _, k := range w {
			d.e.Deliver(k.ID)
		}
		return len(w) == 0
	})
}

func TestAPlainAnnounceIsDeliveredWithTheCurrentTotal(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.send(d.announce(1, 0, "started"), 0)
	d.setFault((*enginetest.Exchange).Reset)
	d.send(d.announce(1, 10, ""), 0)
	d.send(d.announce(1, 20, "completed"), 0)
	d.send(d.announce(1, 30, ""), 0)
	// The event reports its own total of 60; the plain one reports the ledger's present total, which a slider may have
	// changed.
	before := d.received()
	d.clearFault()
	d.snapshot()
	d.deliverAll()
	if got := strings.TrimPrefix(d.received(), before); got != "60completed 90 " {
		t.Errorf("the tracker received %q, want %q", got, "60completed 90 ")
	}
}

func TestAPendingEventIsDeliveredBeforeALiveAnnounce(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.send(d.announce(2, 0, "started"), 0)
	d.tracker.Close()
	d.send(d.announce(1, 0, "started"), 0)
	d.tracker = enginetest.NewTrackerAt(t, d.target, d.serve)
	if got, _ := d.send(d.announce(1, 7, ""), 0); got != good || d.received() != "0started 21 " {
		t.Errorf("the client got %q; the tracker received %q", got, d.received())
	}
	if w := d.snapshot().Pending; len(w) != 0 {
		t.Errorf("pending: %+v, want nothing", w)
	}
}

// strictTracker is a tracker that checks the laws: one request of a session at a time, and totals that never fall.
type strictTracker struct {
	t    *testing.T
	mu   sync.Mutex
	busy map[string]bool   // guarded by mu
	last map[string]uint64 // guarded by mu
	max  int               // guarded by mu; the most requests at once
}

func (j *strictTracker) begins(x *enginetest.Exchange) (peer string) {
	peer = x.Query("peer_id")
	n, err := strconv.ParseUint(x.Query("uploaded"), 10, 64)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil || n < j.last[peer] {
		j.t.Errorf("session %s reported %q after %d", peer, x.Query("uploaded"), j.last[peer])
	}
	if j.busy[peer] {
		j.t.Errorf("two requests of session %s at once", peer)
	}
	j.busy[peer], j.last[peer] = true, n
	j.max = max(j.max, len(j.busy))
	return peer
}

func (j *strictTracker) ends(peer string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.busy, peer)
}

// TestTotalsNeverFallWhateverTheTrackerDoes: sessions announce from two connections each, so that announces overtake
// each other, to a tracker that answers well, badly or not at all, while pending announces are delivered.
func TestTotalsNeverFallWhateverTheTrackerDoes(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const sessions, each = 8, 30
	d := newOutage(t)
	j := &strictTracker{t: t, busy: map[string]bool{}, last: map[string]uint64{}}
	var healthy atomic.Bool
	healthy.Store(true)
	d.setFault(func(x *enginetest.Exchange) {
		peer := j.begins(x)
		fault := rand.N(10)
		if healthy.Load() {
			fault = 9
		}
		if fault == 3 {
			time.Sleep(20 * time.Millisecond)
		}
		j.ends(peer)
		switch fault {
		case 0:
			x.Reset()
		case 1:
			x.Send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
		case 2:
			x.Answer(page)
		case 4:
			x.Send(partial)
			x.Close()
		default:
			x.Answer(enginetest.Peers)
		}
	})
	for peer := range byte(sessions) {
		d.send(d.announce(peer, 0, "started"), 0)
	}
	healthy.Store(false)
	var uploaded [sessions]atomic.Int64
	var clients, delivering sync.WaitGroup
	done := make(chan struct{})
	delivering.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				for _, k := range d.e.Snapshot().Pending {
					d.e.Deliver(k.ID)
				}
			}
		}
	})
	for peer := range byte(2 * sessions) {
		peer %= sessions
		clients.Go(func() {
			for range each {
				event := []string{"", "", "", "completed", "paused"}[rand.N(5)]
				request := d.announce(peer, int(uploaded[peer].Add(rand.Int64N(1000))), event)
				ask(t, d.e.Snapshot().Addr, request)
			}
		})
	}
	clients.Wait()
	close(done)
	delivering.Wait()
	healthy.Store(true)
	d.deliverAll()
	for peer := range byte(sessions) {
		n := uploaded[peer].Add(1)
		ask(t, d.e.Snapshot().Addr, d.announce(peer, int(n), "stopped"))
		if last := j.last[fmt.Sprintf("-TR4100-%012d", peer)]; last != 3*uint64(n) {
			t.Errorf("session %d reported %d at the end, want 3 × %d", peer, last, n)
		}
	}
	t.Logf("%d announces at the tracker, %d at once; last totals %v", len(d.tracker.Heads()), j.max, slices.Sorted(maps.Values(j.last)))
}

// ask sends a request and reads whatever arrives.
func ask(t *testing.T, proxy, request string) string {
	c := enginetest.Dial(t, proxy)
	defer c.Close()
	c.Send(request)
	return c.Rest()
}
