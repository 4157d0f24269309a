package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
)

// Entry is Fyne's, but the window's own shortcuts work while it has the focus: Fyne's keeps them for itself.
type Entry struct {
	widget.Entry
	Name   string              // of what is typed, for screen readers
	window func(fyne.Shortcut) // hands a shortcut to the window
}

// NewEntry is an empty entry of one line.
func NewEntry() *Entry {
	e := &Entry{}
	e.window = func(s fyne.Shortcut) {
		if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
			c.TypedShortcut(s)
		}
	}
	e.ExtendBaseWidget(e)
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
