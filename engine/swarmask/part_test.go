package swarmask

import (
	"testing"
	"time"

	"bittoratio/engine/settings"
	"bittoratio/engine/swarmview"
)

// duringSwitch calls do while the sockets are being changed, and fails if do waits. Then it calls after, if that is not
// nil, before the change ends.
func (w *world) duringSwitch(what string, do, after func()) {
	w.t.Helper()
	w.switching.Lock()
	defer w.switching.Unlock()
	done := make(chan struct{})
	w.running.Go(func() {
		defer close(done)
		do()
	})
	select {
	case <-done:
	case <-time.After(patience):
		w.t.Fatalf("%s blocks", what)
	}
	if after != nil {
		after()
	}
}

// TestViewingThePageNeverBlocks: the window reports whether its page is visible on its own thread, and must not wait
// for another one that changes the sockets.
func TestViewingThePageNeverBlocks(t *testing.T) {
	w := newWorld(t)
	w.Apply(settings.Swarm{Enabled: true, Bind: "no-such-tunnel"})
	if s := w.Status(); s == nil || s.On || s.Fault != swarmview.NoInterface {
		t.Fatalf("Status returned %+v", s)
	}
	look := func() {
		w.Watch(true)
		w.Watch(false)
		w.Watch(true)
	}
	w.duringSwitch("viewing the page with closed sockets", look, func() { w.chosen.Bind = "127.0.0.1" }) // an interface that exists
	w.until("the sockets are opened for the viewer", func() bool { return w.Status().On })
	w.on(nil)
	w.duringSwitch("viewing the page while the swarm is on", look, nil)
}

// TestClosingWaitsForSocketsThatAreBeingOpened in the background.
func TestClosingWaitsForSocketsThatAreBeingOpened(t *testing.T) {
	w := newWorld(t)
	w.Apply(settings.Swarm{Enabled: true, Bind: "no-such-tunnel"})
	w.duringSwitch("viewing the page", func() { w.Watch(true) }, nil)
	w.Close()
	w.Watch(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.run != nil || w.reopening {
		t.Errorf("open: %v, opening: %v", w.run != nil, w.reopening)
	}
}

// TestTheSwarmIsShownWhileItsSocketsChange, but not while the user has it off.
func TestTheSwarmIsShownWhileItsSocketsChange(t *testing.T) {
	w := newWorld(t)
	w.on(nil)
	id := w.look(swarmview.Request{Link: hashOf(open).String()})
	w.Stop(id)
	w.ended(id)
	for _, on := range []bool{true, false} {
		r := w.current()
		ending, end := make(chan struct{}), make(chan struct{})
		if !w.launch(r, func() {
			<-r.ctx.Done()
			close(ending)
			<-end
		}) {
			t.Fatal("the swarm is off")
		}
		applied := make(chan struct{})
		w.running.Go(func() {
			defer close(applied)
			w.Apply(settings.Swarm{Enabled: on, Bind: "127.0.0.1", Routers: []string{"127.0.0.1:2"}})
		})
		select {
		case <-ending:
		case <-time.After(patience):
			t.Error("the sockets are not closed")
		}
		switch s := w.Status(); {
		case on && (s == nil || s.On || s.Fault != swarmview.Fine || len(s.Searches) != 1):
			t.Errorf("while the sockets change: %+v", s)
		case !on && s != nil:
			t.Errorf("after switching off: %+v", s)
		}
		close(end)
		<-applied
		if s := w.Status(); (s != nil && s.On) != on {
			t.Errorf("%+v, want on %v", s, on)
		}
	}
}
