package shell

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestEveryControlIsExplained: what can be pressed, typed into or sorted by on the torrents and the activity says what it is
// for when the pointer rests on it, and so does every heading of a table on any page.
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
			if heading := fmt.Sprintf("%T", o) == "*grid.title"; !heading && s.tabs.Current() > pageActivity {
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
	if asked < 300 {
		t.Errorf("only %d were asked", asked)
	}
}
