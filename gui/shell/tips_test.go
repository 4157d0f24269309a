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

// TestEveryControlIsExplained: on each page, everything that can be pressed, typed into or sorted by has an
// explanation, which shows when the pointer rests on it.
func TestEveryControlIsExplained(t *testing.T) {
	missing, asked := map[string]bool{}, 0
	tour(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, v view) {
		if v.dialog {
			return
		}
		for _, o := range test.LaidOutObjects(s.window.Canvas().Content()) {
			e, ok := o.(interface{ Explanation() string })
			if _, line := o.(*control.Line); line || !ok || !o.Visible() {
				continue
			}
			if asked++; e.Explanation() == "" {
				what := fmt.Sprintf("%T", o)
				if a, named := o.(fyne.Accessible); named {
					what += " " + a.AccessibilityLabel()
				}
				missing[what] = true
			}
		}
	})
	for what := range missing {
		t.Errorf("%s is not explained", what)
	}
	if asked < 1200 {
		t.Errorf("only %d were asked", asked)
	}
}

// TestAKeyInTheTableHidesAnExplanation: Fyne reports a key to the window only while no widget has the focus.
func TestAKeyInTheTableHidesAnExplanation(t *testing.T) {
	s := newScene(t, func(s *scene) { dressUp(s.engine); s.clock = noon })
	table := s.pages[pageTorrents].(interface{ Grid() *grid.Grid }).Grid().Body()
	s.window.Canvas().Focus(table)
	s.bar.power.MouseIn(&desktop.MouseEvent{})
	s.until("the switch is explained", func() bool { return s.tips.Text() != "" })
	keys, ok := s.window.Canvas().Focused().(desktop.Keyable)
	if !ok || s.window.Canvas().Focused() != table {
		t.Fatalf("%T has the focus", s.window.Canvas().Focused())
	}
	if keys.KeyDown(&fyne.KeyEvent{Name: fyne.KeyDown}); s.tips.Text() != "" {
		t.Error("it is still explained")
	}
}

// TestWhatTakesTheFocusReceivesKeyPresses on every page and in every dialog, so that a key can hide the explanation.
func TestWhatTakesTheFocusReceivesKeyPresses(t *testing.T) {
	deaf, asked := map[string]bool{}, 0
	tour(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, v view) {
		in := s.window.Canvas().Content()
		if top := s.window.Canvas().Overlays().Top(); top != nil {
			in = top
		}
		for _, o := range test.LaidOutObjects(in) {
			_, takes := o.(fyne.Focusable)
			if _, menu := o.(*widget.PopUpMenu); menu || !takes || !o.Visible() { // explanations are not shown under a menu
				continue
			}
			asked++
			if _, hears := o.(desktop.Keyable); !hears {
				deaf[fmt.Sprintf("%T", o)] = true
			}
		}
	})
	for what := range deaf {
		t.Errorf("%s does not", what)
	}
	if asked < 800 {
		t.Errorf("only %d were asked", asked)
	}
}
