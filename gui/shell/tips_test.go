package shell

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestEveryControlHasATooltip: on each page, everything that can be pressed, typed into or sorted by has a
// tooltip, which shows when the pointer rests on it.
func TestEveryControlHasATooltip(t *testing.T) {
	missing, checked := map[string]bool{}, 0
	visitViews(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, v view) {
		if v.dialog {
			return
		}
		for _, o := range test.LaidOutObjects(s.window.Canvas().Content()) {
			e, ok := o.(interface{ Explanation() string })
			if _, line := o.(*control.Line); line || !ok || !o.Visible() {
				continue
			}
			if checked++; e.Explanation() == "" {
				what := fmt.Sprintf("%T", o)
				if a, named := o.(fyne.Accessible); named {
					what += " " + a.AccessibilityLabel()
				}
				missing[what] = true
			}
		}
	})
	for what := range missing {
		t.Errorf("%s has no tooltip", what)
	}
	if checked < 1200 {
		t.Errorf("%d controls were checked, want at least 1200", checked)
	}
}

// TestAKeyInTheTableHidesATooltip: Fyne reports a key to the window only while no widget has the focus.
func TestAKeyInTheTableHidesATooltip(t *testing.T) {
	s := newScene(t, func(s *scene) { fillEngine(s.engine); s.clock = noon })
	table := s.pages[pageTorrents].(interface{ Grid() *grid.Grid }).Grid().Body()
	s.window.Canvas().Focus(table)
	s.bar.power.MouseIn(&desktop.MouseEvent{})
	s.until("the tooltip of the switch", func() bool { return s.tips.Text() != "" })
	keys, ok := s.window.Canvas().Focused().(desktop.Keyable)
	if !ok || s.window.Canvas().Focused() != table {
		t.Fatalf("the focus is on %T, want the table", s.window.Canvas().Focused())
	}
	if keys.KeyDown(&fyne.KeyEvent{Name: fyne.KeyDown}); s.tips.Text() != "" {
		t.Error("the tooltip stays after a key")
	}
}

// TestEveryControlWithTheFocusReceivesKeyPresses on every page and in every dialog, so that a key can hide the
// tooltip.
func TestEveryControlWithTheFocusReceivesKeyPresses(t *testing.T) {
	without, checked := map[string]bool{}, 0
	visitViews(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, v view) {
		in := s.window.Canvas().Content()
		if top := s.window.Canvas().Overlays().Top(); top != nil {
			in = top
		}
		for _, o := range test.LaidOutObjects(in) {
			_, takes := o.(fyne.Focusable)
			if _, menu := o.(*widget.PopUpMenu); menu || !takes || !o.Visible() { // explanations are not shown under a menu
				continue
			}
			checked++
			if _, receives := o.(desktop.Keyable); !receives {
				without[fmt.Sprintf("%T", o)] = true
			}
		}
	})
	for what := range without {
		t.Errorf("%s takes the focus but receives no key presses", what)
	}
	if checked < 800 {
		t.Errorf("%d controls were checked, want at least 800", checked)
	}
}
