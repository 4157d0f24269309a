package shell

import (
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/text"
)

func TestTheTrayShowsTheState(t *testing.T) {
	s := newScene(t, nil)
	if s.tray.icon != "tray-off.svg" || s.tray.tooltip != "BittOratio: Off: your clients can't reach their trackers" {
		t.Errorf("off: icon %s, tooltip %q", s.tray.icon, s.tray.tooltip)
	}
	s.tray.item("Start").Action()
	s.until("the icon is on", func() bool { return s.tray.icon == "tray-on.svg" })
	before := s.tray.menus
	s.engine.change(func(snap *engine.Snapshot) { snap.At = snap.At.Add(time.Second) })
	s.Shell.show()
	if s.tray.menus != before {
		t.Error("the menu was built again though nothing changed")
	}
	s.engine.change(func(snap *engine.Snapshot) {
		snap.State, snap.Trouble = engine.Degraded, engine.Trouble{Kind: engine.TroubleDisk, Detail: "no space left on device"}
	})
	s.until("the icon shows trouble", func() bool { return s.tray.icon == "tray-trouble.svg" })
	if s.tray.menu.Items[0].Label != "On, 127.0.0.1:8080, but the data folder cannot be written" || !s.tray.menu.Items[0].Disabled {
		t.Errorf("state in the menu: %q, disabled: %v", s.tray.menu.Items[0].Label, s.tray.menu.Items[0].Disabled)
	}
	if !s.trouble.content.Visible() || !strings.HasSuffix(s.trouble.line.Text, "The system says: no space left on device.") {
		t.Errorf("strip visible: %v, text %q; want the system's reason", s.trouble.content.Visible(), s.trouble.line.Text)
	}
	s.engine.change(func(snap *engine.Snapshot) { snap.State, snap.Trouble = engine.On, engine.Trouble{} })
	s.until("the trouble is over", func() bool { return !s.trouble.content.Visible() })
}

// TestTheTraysMenuStaysOpenWhileTimePasses: building a menu again closes it, so only the tooltip shows how long
// something has lasted.
func TestTheTraysMenuStaysOpenWhileTimePasses(t *testing.T) {
	s := newScene(t, nil)
	since := s.clock.Add(-5 * time.Minute)
	late := &engine.Torrent{Last: since.Add(-time.Hour), Next: since.Add(-30 * time.Minute)}
	cut := &engine.Torrent{Tracker: "t.example", Away: true, Last: since}
	for _, c := range []struct {
		snap                 engine.Snapshot
		line, tooltip, later string
	}{
		{
			engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{cut}, Trackers: []engine.Tracker{awayTracker("t.example", since)}},
			"t.example unreachable", "BittOratio: t.example unreachable for 5 min", "BittOratio: t.example unreachable for 6 min",
		},
		{
			engine.Snapshot{State: engine.On, Torrents: []*engine.Torrent{late}},
			"Every announce is overdue", "BittOratio: Nothing for 1 h 05, expected 35 min ago", "BittOratio: Nothing for 1 h 06, expected 36 min ago",
		},
	} {
		s.Shell.tray.show(&c.snap, text.LightOf(&c.snap, s.clock))
		menus := s.tray.menus
		if got := s.tray.menu.Items[0].Label; got != c.line || s.tray.tooltip != c.tooltip {
			t.Errorf("menu %q, tooltip %q; want %q, %q", got, s.tray.tooltip, c.line, c.tooltip)
		}
		if s.Shell.tray.show(&c.snap, text.LightOf(&c.snap, s.clock.Add(time.Minute))); s.tray.menus != menus || s.tray.tooltip != c.later {
			t.Errorf("a minute later the menu was built %d times and the tooltip is %q; want 0 times, %q", s.tray.menus-menus, s.tray.tooltip, c.later)
		}
	}
}

func TestEachItemOfTheTraysMenuWorks(t *testing.T) {
	s := newScene(t, nil)
	if !s.tray.item("Multiplier 2×").Checked || s.tray.item("Multiplier 3×").Checked {
		t.Error("the mark is not on the current multiplier alone")
	}
	s.tray.item("Multiplier 3×").Action()
	s.until("the mark moves", func() bool { return s.tray.item("Multiplier 3×").Checked })
	if s.tray.item("Multiplier 2×").Checked {
		t.Error("the mark is still on the former multiplier")
	}
	s.tray.item("Copy proxy address").Action()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "127.0.0.1:8080" {
		t.Errorf("copied %q, want 127.0.0.1:8080", got)
	}
	s.hide()
	s.tray.item("Open").Action()
	if !s.visible.Load() {
		t.Error("Open leaves the window hidden")
	}
	s.tray.item("Start").Action()
	s.until("on", func() bool { return s.tray.item("Stop") != nil })
	s.tray.item("Quit").Action()
	s.until("the program ends", func() bool { return s.quit })
	if !s.engine.called("stop") {
		t.Error("the program ended without stopping the engine")
	}
}

// TestFyneHasNothingQueuedAfterItsLoop: what Fyne queues while its loop ends may never run, and Fyne then waits for
// it forever.
func TestFyneHasNothingQueuedAfterItsLoop(t *testing.T) {
	s := newScene(t, nil)
	fynes, ok := s.app.Lifecycle().(lifecycle)
	if !ok {
		t.Fatal("Fyne's lifecycle has another type now: does it still queue a hook at the end?")
	}
	saved := 0
	fynes.SetOnStoppedHookExecuted(func() { saved++ })
	s.Quit()
	s.until("the program ends", func() bool { return s.quit })
	if saved != 1 || fynes.OnStopped() != nil {
		t.Errorf("the preferences were saved %d times, and a hook is left: %v; want once and false", saved, fynes.OnStopped() != nil)
	}
}

func TestClosingHidesTheWindowIfThereIsATray(t *testing.T) {
	s := newScene(t, nil)
	test.AssertNotificationSent(t, fyne.NewNotification("BittOratio keeps running", "Its icon is in the tray. To end it, choose Quit there."), s.notifies(s.onClose))
	if s.visible.Load() || s.quitting {
		t.Fatalf("closing: window visible: %v, quitting: %v; want false, false", s.visible.Load(), s.quitting)
	}
	s.Raise()
	test.AssertNotificationSent(t, nil, s.notifies(s.onClose)) // only once
	s.show <- struct{}{}
	s.until("a second start shows it", func() bool { return s.visible.Load() })
}

func TestClosingQuitsIfTheUserChoseThat(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.CloseToTray = false })
	s.onClose()
	s.until("the program ends", func() bool { return s.quit })
}

func TestClosingAsksIfThereIsNoTray(t *testing.T) {
	s := newScene(t, func(s *scene) { s.tray.hosted = false; s.engine.snap.State = engine.On })
	s.onClose()
	test.Tap(s.button("Keep the window"))
	if s.quitting || !s.visible.Load() {
		t.Fatalf("Keep the window: quitting: %v, visible: %v; want false, true", s.quitting, s.visible.Load())
	}
	s.onClose()
	test.Tap(s.button("Quit"))
	s.until("the program ends", func() bool { return s.quit })
	if !s.engine.called("stop") {
		t.Error("the program ended without stopping the engine")
	}
}

func TestQuittingShowsItsProgress(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.snap.State, s.engine.stopGate = engine.On, make(chan struct{}) })
	s.hide()
	s.Quit()
	s.until("the hidden window comes back with the progress", func() bool { return s.progress.shown && s.visible.Load() })
	if got := s.progress.line.Text; got != "1 of 3 pending announces delivered" {
		t.Errorf("the progress reads %q", got)
	}
	if s.quit {
		t.Fatal("the program ended before the engine stopped")
	}
	close(s.engine.stopGate)
	s.until("the program ends", func() bool { return s.quit })
}

func TestQuittingCanLeaveTheRestForTheNextTime(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.snap.State, s.engine.stopGate = engine.On, make(chan struct{}) })
	s.Quit()
	s.until("progress", func() bool { return s.progress.shown })
	test.Tap(s.button("Quit now, send the rest next time"))
	s.until("the program ends", func() bool { return s.quit })
}

func TestAHiddenStartNeedsATray(t *testing.T) {
	for _, hosted := range []bool{true, false} {
		s := newScene(t, func(s *scene) { s.tray.hosted = hosted; s.engine.settings.Window.StartHidden = true })
		if s.visible.Load() {
			t.Errorf("tray %v: the window is visible at once", hosted)
		}
		if hosted {
			s.until("a second is over", func() bool { return s.tray.settled })
		} else {
			s.until("the window shows itself", s.visible.Load)
		}
		if s.visible.Load() == hosted {
			t.Errorf("tray %v: window visible: %v, want %v", hosted, s.visible.Load(), !hosted)
		}
	}
}

func TestTheEngineStartsAtLaunchIfTheUserChoseThat(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.settings.Window.StartEngine = true })
	s.until("on", func() bool { return s.bar.power.On() })
}

func TestAHiddenWindowIsUpdatedOnceItIsShownAgain(t *testing.T) {
	s := newScene(t, nil)
	s.hide()
	before := s.bar.sentence.Text()
	s.engine.change(func(snap *engine.Snapshot) { snap.State = engine.On })
	s.until("the tray follows", func() bool { return s.tray.icon == "tray-on.svg" })
	if s.bar.sentence.Text() != before {
		t.Error("the hidden window was updated")
	}
	s.Raise()
	if s.bar.sentence.Text() == before {
		t.Error("the window that is shown again is out of date")
	}
}

func TestNoticesAreShownOnce(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.snap.Notices = []engine.Notice{{Kind: engine.NoticeTorn}, {Kind: engine.NoticeDamaged, File: "x"}}
	})
	if !s.banner.content.Visible() {
		t.Fatal("the notice is not shown")
	}
	s.banner.dismiss()
	s.Shell.show()
	if got := s.banner.line.Text; got != "A file was damaged. What could be read is used; the original is kept as x." {
		t.Errorf("the second notice reads %q", got)
	}
	s.banner.dismiss()
	s.Shell.show()
	if s.banner.content.Visible() {
		t.Error("a notice is shown again after it was dismissed")
	}
}

func TestTabVisitsControlsInReadingOrder(t *testing.T) {
	s := newScene(t, nil)
	c := s.window.Canvas()
	want := []fyne.Focusable{s.bar.power, s.bar.copy, s.bar.factor.slider, s.tabs, s.help}
	for i, w := range want {
		c.FocusNext()
		if c.Focused() != w {
			t.Fatalf("control %d is %T, want %T", i+1, c.Focused(), w)
		}
	}
	c.FocusNext()
	if b, ok := c.Focused().(*control.Button); !ok || b.Text != "Switch on" {
		t.Errorf("after the help button the focus is on %T, want Switch on", c.Focused())
	}
}

func TestQuittingShowsThatItWaitsForExchanges(t *testing.T) {
	s := newScene(t, func(s *scene) {
		s.engine.snap.State, s.engine.stopGate, s.engine.delivery = engine.On, make(chan struct{}), nil
	})
	s.Quit()
	s.engine.change(func(snap *engine.Snapshot) { snap.State = engine.Stopping })
	if s.Shell.show(); s.progress.shown {
		t.Error("the progress is shown at once, want it only of a long stop")
	}
	s.clock = s.clock.Add(2 * progressAfter)
	s.Shell.show()
	if !s.progress.shown {
		t.Error("the progress of a long stop is not shown")
	}
	close(s.engine.stopGate)
	s.until("the program ends", func() bool { return s.quit })
}

// TestTrayIconsDifferInShapeAt16Pixels: many people cannot tell the icons apart by colour alone.
func TestTrayIconsDifferInShapeAt16Pixels(t *testing.T) {
	test.NewTempApp(t)
	draw := func(svg []byte) image.Image {
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		c.SetContent(canvas.NewImageFromResource(fyne.NewStaticResource("x.svg", svg)))
		c.Resize(fyne.NewSquareSize(16))
		return c.Capture()
	}
	icons := []image.Image{draw(assets.TrayOff), draw(assets.TrayOn), draw(assets.TrayAttention), draw(assets.TrayTrouble)}
	for i, a := range icons {
		for k, b := range icons[:i] {
			differ := 0
			for p := range 256 {
				_, _, _, x := a.At(p%16, p/16).RGBA()
				_, _, _, y := b.At(p%16, p/16).RGBA()
				if (x > 0x7fff) != (y > 0x7fff) {
					differ++
				}
			}
			if differ < 40 {
				t.Errorf("icons %d and %d differ in %d of 256 pixels, want at least 40", i, k, differ)
			}
		}
	}
}
