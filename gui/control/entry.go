package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/tip"
)

// Entry is Fyne's entry, except that the window's own shortcuts work while it has the focus: Fyne's entry keeps them
// for itself.
type Entry struct {
	widget.Entry
	tip.Hover
	Name   string              // what to type, for screen readers
	Tip    string              // shown while the pointer rests on it
	window func(fyne.Shortcut) // passes a shortcut to the window
}

// NewEntry returns an empty entry of one line.
func NewEntry() *Entry {
	e := &Entry{}
	e.window = func(s fyne.Shortcut) {
		if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
			c.TypedShortcut(s)
		}
	}
	e.ExtendBaseWidget(e)
	e.Attach(e)
	return e
}

// TypedShortcut is part of fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	e.Entry.TypedShortcut(s)
	if _, ours := s.(*desktop.CustomShortcut); ours {
		e.window(s)
	}
}

// TypedKey is part of fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyF1, fyne.KeyEscape, fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		grid.PassKey(e, k)
	default:
		e.Entry.TypedKey(k)
	}
}

// FocusGained is part of fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	reveal(e)
}

// Tapped is part of fyne.Tappable.
func (e *Entry) Tapped(p *fyne.PointEvent) {
	tip.Hide(e)
	e.Entry.Tapped(p)
}

// KeyDown is part of desktop.Keyable.
func (e *Entry) KeyDown(k *fyne.KeyEvent) {
	tip.Hide(e)
	e.Entry.KeyDown(k)
}

// KeyUp is part of desktop.Keyable.
func (e *Entry) KeyUp(k *fyne.KeyEvent) { e.Entry.KeyUp(k) }

// Explanation returns the text that is shown while the pointer rests on the entry.
func (e *Entry) Explanation() string { return e.Tip }
