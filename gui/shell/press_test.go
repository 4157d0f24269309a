package shell

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
)

// TestEveryControlCanBePressed: each button, check box and choice that Tab reaches on a page can be pressed, even twice
// in a row, without harm.
func TestEveryControlCanBePressed(t *testing.T) {
	s := newScene(t, func(s *scene) {
		fillEngine(s.engine)
		s.engine.settings.TorrentMultipliers = map[string]policy.Factor{hash("Wikipédia en français, novembre 2026").String(): 5000}
		s.engine.settings.TrackerCeilings = map[string]uint64{"torrent.ubuntu.com": 1500}
		s.clock = noon
	})
	pressed := map[string]bool{"Français": true}  // not pressed: it would build the whole window again
	for page := pageSettings; page >= 0; page-- { // the last page first, because pressing may remove rules that other pages show
		for s.pressNext(page, pressed) {
			if s.quitting {
				t.Fatal("the program quits")
			}
		}
	}
	if len(pressed) < 60 || !pressed["Change…"] {
		t.Errorf("%d controls were pressed, want at least 60 with Change…: %v", len(pressed), pressed)
	}
}

// pressNext presses the first control of a page whose name was not pressed yet, and closes what that opened.
func (s *scene) pressNext(page int, pressed map[string]bool) (some bool) {
	s.goToPage(page)
	if p, ok := s.pages[page].(finder); ok && p.Grid().Rows() > 0 {
		s.window.Canvas().Focus(p.Grid().Body())
		press(s, fyne.KeyHome)
	}
	s.settle()
	s.tabThrough(func(_ string, at fyne.Focusable) {
		switch at.(type) {
		case *control.Button, *control.Check, *control.Select, *control.Copy:
		default:
			return
		}
		name := at.(fyne.Accessible).AccessibilityLabel()
		if some || pressed[name] {
			return
		}
		pressed[name], some = true, true
		for range 2 {
			if choice, ok := at.(*control.Select); ok {
				choice.OnChanged(choice.Options[len(choice.Options)-1])
			} else {
				at.(fyne.Tappable).Tapped(&fyne.PointEvent{})
			}
		}
		for over := s.window.Canvas().Overlays(); over.Top() != nil; {
			s.desk.CloseTop()
			over.Remove(over.Top())
		}
	})
	return some
}

// TestAWaitingChangeIsTriedOnceASecond, and made under a hidden window too: the card promised to make it as soon as its
// client is closed. After each try the window is shown again, which must not be the next try.
func TestAWaitingChangeIsTriedOnceASecond(t *testing.T) {
	s := newScene(t, func(s *scene) { s.engine.running = &file.RunningError{Program: "transmission-gtk", PID: 7} })
	applied := func() (n int) {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		for _, call := range s.engine.calls {
			if call == "apply" {
				n++
			}
		}
		return n
	}
	s.goToPage(pageSetup)
	s.idle()
	s.tap("Set up…")
	s.idle()
	s.tap("Change the file")
	s.until("the change is tried", func() bool { return applied() > 0 })
	s.idle()
	atFirst := applied()
	if atFirst > 2 {
		t.Fatalf("%d tries at once, want at most 2", atFirst)
	}
	for want := atFirst + 1; want < atFirst+3; want++ {
		s.clock = s.clock.Add(time.Second)
		for range 3 {
			s.Shell.show()
			s.idle()
		}
		if got := applied(); got != want {
			t.Fatalf("%d tries, want %d", got, want)
		}
	}
	s.hide()
	s.idle()
	s.engine.mu.Lock()
	s.engine.running = nil
	s.engine.mu.Unlock()
	s.clock = s.clock.Add(time.Second)
	tries := applied()
	s.until("the change is made", func() bool { return applied() > tries && !s.hasRetries.Load() })
}
