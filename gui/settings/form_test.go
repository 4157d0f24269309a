package settings

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// TestLabelsHaveRoomForLargeText, in French, also if the user makes it large while the page is shown.
func TestLabelsHaveRoomForLargeText(t *testing.T) {
	if err := lang.Use("fr"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lang.Use(lang.English) })
	s := newScene(t)
	seen := 0
	for _, size := range []string{theme.Small, theme.Normal, theme.Large} {
		fyne.CurrentApp().Settings().SetTheme(theme.Sized(theme.Light, size))
		s.follow()
		s.cards.Refresh()
		for _, o := range test.LaidOutObjects(s.cards) {
			c, ok := o.(*fyne.Container)
			if !ok {
				continue
			}
			if _, ok = c.Layout.(labelColumn); !ok || len(c.Objects) == 0 {
				continue
			}
			l := c.Objects[0].(*control.Line)
			need := fyne.MeasureText(l.Text(), theme.Size("text"), fyne.TextStyle{}).Width
			if seen++; need > c.MinSize().Width {
				t.Errorf("%q is %v wide in a label of %v", l.Text(), need, c.MinSize().Width)
			}
		}
	}
	if seen < 45 {
		t.Errorf("checked %d labels, want at least 45", seen)
	}
}
