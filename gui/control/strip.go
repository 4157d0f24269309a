package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/tip"
)

// strip is what [Tabs] and [Chips] share: items side by side, one of which is chosen. They take the keyboard's focus as
// a whole; the left and right keys choose.
type strip[Item fyne.Widget] struct {
	widget.BaseWidget
	self interface {
		fyne.Widget
		Choose(index int)
	}
	items   []Item
	current int // -1 for none
	focused bool
}

// Current returns the index of the chosen item.
func (s *strip[Item]) Current() int { return s.current }

// Item returns the object of an item, for tests.
func (s *strip[Item]) Item(index int) fyne.CanvasObject { return s.items[index] }

// step chooses the next visible item.
func (s *strip[Item]) step(by int) {
	for at := s.current + by; at >= 0 && at < len(s.items); at += by {
		if s.items[at].Visible() {
			s.self.Choose(at)
			return
		}
	}
}

// FocusGained is part of fyne.Focusable.
func (s *strip[Item]) FocusGained() { s.focused = true; s.Refresh(); reveal(s.self) }

// FocusLost is part of fyne.Focusable.
func (s *strip[Item]) FocusLost() { s.focused = false; s.Refresh() }

// TypedRune is part of fyne.Focusable.
func (s *strip[Item]) TypedRune(rune) {}

// KeyDown is part of desktop.Keyable: any key hides the explanation.
func (s *strip[Item]) KeyDown(*fyne.KeyEvent) { tip.Hide(s.self) }

// KeyUp is part of desktop.Keyable.
func (s *strip[Item]) KeyUp(*fyne.KeyEvent) {}

// TypedKey is part of fyne.Focusable.
func (s *strip[Item]) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		s.step(-1)
	case fyne.KeyRight:
		s.step(1)
	default:
		grid.PassKey(s.self, e)
	}
}
