package shell

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestEveryControlHasANameForScreenReaders: everything that takes the focus or a click, on each page and in each
// dialog.
func TestEveryControlHasANameForScreenReaders(t *testing.T) {
	checked := 0
	visitViews(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, _ view) {
		roots := append([]fyne.CanvasObject{s.window.Canvas().Content()}, s.window.Canvas().Overlays().List()...)
		for _, root := range roots {
			for _, o := range test.LaidOutObjects(root) {
				_, focusable := o.(fyne.Focusable)
				_, tappable := o.(fyne.Tappable)
				if _, ours := o.(fyne.Accessible); !o.Visible() || !focusable && (!tappable || !ours) {
					continue
				}
				if _, menu := o.(*widget.PopUpMenu); menu {
					continue // Fyne's; its items have texts
				}
				checked++
				a, ok := o.(fyne.Accessible)
				if !ok {
					t.Errorf("%T takes the focus but has no name", o)
				} else if a.AccessibilityLabel() == "" {
					t.Errorf("%T at %v has an empty name", o, o.Position())
				}
			}
		}
	})
	if checked < 500 {
		t.Errorf("%d controls were checked, want at least 500", checked)
	}
}
