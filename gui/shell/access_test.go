package shell

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestWhatCanBePressedHasAName: everything that takes the focus or a click has a name for screen readers, on each page
// and in each dialog.
func TestWhatCanBePressedHasAName(t *testing.T) {
	asked := 0
	tour(t, lang.English, theme.Light, wide, func(t *testing.T, s *scene, _ view) {
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
				asked++
				a, ok := o.(fyne.Accessible)
				if !ok {
					t.Errorf("%T takes the keyboard and has no name", o)
				} else if a.AccessibilityLabel() == "" {
					t.Errorf("%T at %v has an empty name", o, o.Position())
				}
			}
		}
	})
	if asked < 500 {
		t.Errorf("only %d were asked", asked)
	}
}
