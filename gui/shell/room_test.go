package shell

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
	"bittoratio/gui/torrents"
)

// longestLine is the most characters in a line of text at which the eye still finds the next line.
const longestLine = 95

// TestLinesOfTextAreShortInALargeWindow, in both languages.
func TestLinesOfTextAreShortInALargeWindow(t *testing.T) {
	for _, language := range []string{lang.English, "fr"} {
		t.Run(language, func(t *testing.T) {
			lines := 0
			visitViews(t, language, theme.Light, fyne.NewSize(1920, 1080), func(t *testing.T, s *scene, v view) {
				if v.dialog {
					return
				}
				for _, o := range test.LaidOutObjects(s.window.Canvas().Content()) {
					w, ok := o.(*widget.RichText)
					if !ok || !o.Visible() {
						continue
					}
					for _, child := range test.WidgetRenderer(w).Objects() {
						text, ok := child.(*canvas.Text)
						if !ok || text.TextStyle.Monospace {
							continue
						}
						if lines++; len([]rune(strings.TrimSpace(text.Text))) > longestLine {
							t.Errorf("a line of %d characters, want at most %d: %q", len([]rune(text.Text)), longestLine, text.Text)
						}
					}
				}
			})
			if lines < 50 {
				t.Errorf("%d lines were checked, want at least 50", lines)
			}
		})
	}
}

// TestTheSliderGrowsWithTheWindow, and the forecast fits in every window.
func TestTheSliderGrowsWithTheWindow(t *testing.T) {
	for _, language := range []string{lang.English, "fr"} {
		s := newScene(t, func(s *scene) {
			fillEngine(s.engine)
			s.clock, s.engine.settings.Window.Language = noon, language
		})
		t.Cleanup(func() { s.useLanguage(lang.English) })
		last := float32(0)
		for _, width := range []float32{800, 1000, 1280, 1500} {
			s.window.Resize(fyne.NewSize(width, 800))
			s.Shell.show()
			s.window.Canvas().Focus(s.bar.factor.slider)
			s.bar.factor.show(5900, s.engine.snap.Day)
			if drawn := test.WidgetRenderer(s.bar.factor.forecastLine).Objects()[0].(*canvas.Text); drawn.Text == "" || drawn.Text != s.bar.factor.forecastLine.Text() {
				t.Errorf("%s, %v wide: the forecast %q is shortened to %q", language, width, s.bar.factor.forecastLine.Text(), drawn.Text)
			}
			wide := s.bar.factor.slider.Size().Width
			if wide <= last {
				t.Errorf("%s: the slider is %v wide in a window of %v, want more than %v as in a smaller one", language, wide, width, last)
			}
			last = wide
		}
		if last < 350 {
			t.Errorf("%s: the slider is at most %v wide, want at least 350", language, last)
		}
	}
}

// TestSixRowsAreVisibleBesideTheDetail in the smallest window.
func TestSixRowsAreVisibleBesideTheDetail(t *testing.T) {
	s := newScene(t, func(s *scene) { fillEngine(s.engine); s.clock = noon })
	s.tabs.Choose(pageTorrents)
	s.window.Resize(narrow)
	s.chooseRow(1)
	s.settle()
	p, _ := s.pages[pageTorrents].(*torrents.Page)
	var scroll *container.Scroll
	for _, o := range test.LaidOutObjects(p.Grid()) {
		if found, ok := o.(*container.Scroll); ok && scroll == nil {
			scroll = found
		}
	}
	if rows := (scroll.Size().Height + 6) / (grid.HeightOf(2) - grid.HeightOf(1)); rows < 6 {
		t.Errorf("%.1f rows are visible, want at least 6", rows)
	}
}
