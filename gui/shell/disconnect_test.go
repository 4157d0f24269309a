package shell

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
)

// newConnectedScene returns a scene that is on, with a client that has just announced.
func newConnectedScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t, nil)
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State = engine.On
		snap.Torrents = []*engine.Torrent{{ID: "a", Client: "Transmission 4.1.4", Last: s.clock}}
	})
	s.until("on", func() bool { return s.bar.power.On() })
	return s
}

func (s *scene) dialogOpen() bool { return s.window.Canvas().Overlays().Top() != nil }

// question returns the text of the topmost dialog.
func (s *scene) question() string {
	var all strings.Builder
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		switch o := o.(type) {
		case *widget.RichText:
			all.WriteString(o.String() + "\n")
		case interface{ Text() string }:
			all.WriteString(o.Text() + "\n")
		}
	}
	return all.String()
}

func TestSwitchingOffAsksFirstAndNamesTheClientsAffected(t *testing.T) {
	s := newConnectedScene(t)
	test.Tap(s.bar.power)
	if !s.dialogOpen() || s.engine.called("stop") {
		t.Fatal("switched off without a question")
	}
	if got := s.question(); !strings.Contains(got, "Transmission 4.1.4, 1 torrent") || !strings.Contains(got, "reaches no tracker") {
		t.Errorf("the question reads\n%s", got)
	}
	test.Tap(s.button("Cancel"))
	if s.dialogOpen() || s.engine.called("stop") {
		t.Errorf("cancelled, but dialog open: %v, calls %q", s.dialogOpen(), s.engine.calls)
	}
	test.Tap(s.bar.power)
	test.Tap(s.button("Switch off"))
	s.until("off", func() bool { return !s.bar.power.On() })
}

func TestKeepForwardingStaysOnAt1x(t *testing.T) {
	s := newConnectedScene(t)
	test.Tap(s.bar.power)
	test.Tap(s.button("Keep forwarding at 1×"))
	s.until("forwarding at 1×", func() bool { return s.passthrough.content.Visible() })
	if s.engine.called("stop") || !s.bar.power.On() || !strings.HasPrefix(s.bar.sentence.Text(), "Forwarding at 1×, 127.0.0.1:8080") {
		t.Errorf("calls %q, switch on: %v, state %q; want no stop, on, forwarding at 1×", s.engine.calls, s.bar.power.On(), s.bar.sentence.Text())
	}
	if !strings.Contains(s.passthrough.line.Text, "Your 2× is remembered") {
		t.Errorf("the strip reads %q, want the multiplier that is remembered", s.passthrough.line.Text)
	}
	if again := s.tray.item("Multiply again"); again == nil || !strings.Contains(s.tray.tooltip, "Forwarding at 1×") {
		t.Errorf("tooltip of the tray %q, menu item %v; want forwarding at 1×, and the item", s.tray.tooltip, again)
	}
	test.Tap(s.bar.power) // it forwards at 1× already
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if b, ok := o.(*control.Button); ok && strings.Contains(b.Text, "1×") {
			t.Errorf("the question offers %q although it is so already", b.Text)
		}
	}
	test.Tap(s.button("Cancel"))
	s.tray.item("Multiply again").Action()
	s.until("multiplying", func() bool { return !s.passthrough.content.Visible() })
	if s.tray.item("Multiply again") != nil {
		t.Error("the tray's menu still offers to multiply again")
	}
}

func TestQuittingAsksFirstWhileAClientAnnounces(t *testing.T) {
	s := newConnectedScene(t)
	s.tray.item("Quit").Action()
	if s.quitting || !s.dialogOpen() {
		t.Fatal("quits without a question")
	}
	s.tray.item("Quit").Action()
	if n := len(s.window.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d questions are open, want 1", n)
	}
	test.Tap(s.button("Keep forwarding at 1×"))
	if s.quitting || s.visible.Load() || !s.engine.Snapshot().Passthrough {
		t.Errorf("quitting: %v, visible: %v, forwarding at 1×: %v; want false, false, true", s.quitting, s.visible.Load(), s.engine.Snapshot().Passthrough)
	}
	s.askQuit()
	if !s.visible.Load() {
		t.Error("the question is in a hidden window")
	}
	test.Tap(s.button("Quit"))
	s.until("the end", func() bool { return s.quit })
}

// TestQuitShowsTheQuestionOfAHiddenWindowAgain: Quit in the tray must not seem dead.
func TestQuitShowsTheQuestionOfAHiddenWindowAgain(t *testing.T) {
	s := newConnectedScene(t)
	s.askQuit()
	s.onClose()
	if s.visible.Load() {
		t.Fatal("closing did not hide the window with its question")
	}
	s.tray.item("Quit").Action()
	if n := len(s.window.Canvas().Overlays().List()); !s.visible.Load() || n != 1 {
		t.Errorf("window visible: %v, %d questions; want true, 1", s.visible.Load(), n)
	}
	test.Tap(s.button("Quit"))
	s.until("the end", func() bool { return s.quit })
}

func TestQuittingAsksNothingIfNoClientAnnounces(t *testing.T) {
	s := newConnectedScene(t)
	s.engine.change(func(snap *engine.Snapshot) { snap.Torrents = nil })
	s.askQuit()
	s.until("the end", func() bool { return s.quit })
}
