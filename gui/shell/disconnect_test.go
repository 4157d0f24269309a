package shell

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
)

// pointed returns a scene that is on, with a client that has just announced.
func pointed(t *testing.T) *scene {
	t.Helper()
	s := newScene(t, nil)
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State = engine.On
		snap.Torrents = []*engine.Torrent{{ID: "a", Client: "Transmission 4.1.4", Last: s.clock}}
	})
	s.until("on", func() bool { return s.bar.power.On() })
	return s
}

func (s *scene) open() bool { return s.window.Canvas().Overlays().Top() != nil }

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

func TestSwitchingOffSaysWhatClientsWillDo(t *testing.T) {
	s := pointed(t)
	test.Tap(s.bar.power)
	if !s.open() || s.engine.called("stop") {
		t.Fatal("it stopped without a word")
	}
	if got := s.question(); !strings.Contains(got, "Transmission 4.1.4, 1 torrent") || !strings.Contains(got, "reaches no tracker") {
		t.Error(got)
	}
	test.Tap(s.button("Cancel"))
	if s.open() || s.engine.called("stop") {
		t.Error("cancelled, and yet")
	}
	test.Tap(s.bar.power)
	test.Tap(s.button("Switch off"))
	s.until("off", func() bool { return !s.bar.power.On() })
}

func TestKeepForwardingStaysOnAtOne(t *testing.T) {
	s := pointed(t)
	test.Tap(s.bar.power)
	test.Tap(s.button("Keep forwarding at 1×"))
	s.until("at 1×", func() bool { return s.passthrough.content.Visible() })
	if s.engine.called("stop") || !s.bar.power.On() || !strings.HasPrefix(s.bar.sentence.Text(), "Forwarding at 1×, 127.0.0.1:8080") {
		t.Errorf("%v, %s", s.engine.calls, s.bar.sentence.Text())
	}
	if !strings.Contains(s.passthrough.line.Text, "Your 2× is remembered") {
		t.Error(s.passthrough.line.Text)
	}
	if again := s.tray.item("Multiply again"); again == nil || !strings.Contains(s.tray.tooltip, "Forwarding at 1×") {
		t.Errorf("the tray says %s, item %v", s.tray.tooltip, again)
	}
	test.Tap(s.bar.power) // it forwards at 1× already
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if b, ok := o.(*control.Button); ok && strings.Contains(b.Text, "1×") {
			t.Error("it offers what is so already")
		}
	}
	test.Tap(s.button("Cancel"))
	s.tray.item("Multiply again").Action()
	s.until("multiplying", func() bool { return !s.passthrough.content.Visible() })
	if s.tray.item("Multiply again") != nil {
		t.Error("the tray still offers it")
	}
}

func TestQuittingAsksToo(t *testing.T) {
	s := pointed(t)
	s.tray.item("Quit").Action()
	if s.quitting || !s.open() {
		t.Fatal("it quits without a word")
	}
	s.tray.item("Quit").Action()
	if n := len(s.window.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d questions", n)
	}
	test.Tap(s.button("Keep forwarding at 1×"))
	if s.quitting || s.visible.Load() || !s.engine.Snapshot().Passthrough {
		t.Error("it should have gone into the tray at 1×")
	}
	s.askQuit()
	if !s.visible.Load() {
		t.Error("a question in a hidden window")
	}
	test.Tap(s.button("Quit"))
	s.until("the end", func() bool { return s.quit })
}

// TestAQuestionUnderAHiddenWindowIsShownAgain: Quit in the tray must not seem dead.
func TestAQuestionUnderAHiddenWindowIsShownAgain(t *testing.T) {
	s := pointed(t)
	s.askQuit()
	s.onClose()
	if s.visible.Load() {
		t.Fatal("the window is to hide over its question")
	}
	s.tray.item("Quit").Action()
	if n := len(s.window.Canvas().Overlays().List()); !s.visible.Load() || n != 1 {
		t.Errorf("shown: %v, with %d questions", s.visible.Load(), n)
	}
	test.Tap(s.button("Quit"))
	s.until("the end", func() bool { return s.quit })
}

func TestQuittingAsksNobodyWhereNoClientAnnounces(t *testing.T) {
	s := pointed(t)
	s.engine.change(func(snap *engine.Snapshot) { snap.Torrents = nil })
	s.askQuit()
	s.until("the end", func() bool { return s.quit })
}
