//go:build !nogui

package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// What follows is Fyne's, but made for the keyboard: Enter presses and opens, a key that the widget has no use for goes
// to the window (Fyne asks the window only where nothing is focused), and what takes the focus comes into view.

// Button is Fyne's. Pressed by a key it keeps the focus, so that Tab goes on from it.
type Button struct {
	widget.Button
	self fyne.CanvasObject // what the window has: the button, or what it is embedded in
}

// NewButton is a button with a word.
func NewButton(label string, tapped func()) *Button { return NewButtonWithIcon(label, nil, tapped) }

// NewButtonWithIcon is a button with an icon before its word, which may be empty.
func NewButtonWithIcon(label string, icon fyne.Resource, tapped func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped, b.self = label, icon, tapped, b
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey is part of fyne.Focusable.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !b.Disabled() && b.OnTapped != nil {
			b.OnTapped()
		}
	default:
		PassKey(b.self, e)
	}
}

// FocusGained is part of fyne.Focusable.
func (b *Button) FocusGained() {
	b.Button.FocusGained()
	reveal(b.self)
}

// Check is Fyne's.
type Check struct{ widget.Check }

// NewCheck is a check that is off.
func NewCheck(label string, changed func(on bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey is part of fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace { // which comes as a rune too
		PassKey(c, e)
	}
}

// FocusGained is part of fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	reveal(c)
}

// Select is Fyne's.
type Select struct{ widget.Select }

// NewSelect is a choice of words with none chosen.
func NewSelect(words []string, changed func(word string)) *Select {
	s := &Select{}
	s.Options, s.OnChanged = words, changed
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey is part of fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		s.Select.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		PassKey(s, e)
	}
}

// FocusGained is part of fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	reveal(s)
}

// List is Fyne's.
type List struct{ widget.List }

// NewList is a list of so many items, made once for each place in sight and filled as it scrolls.
func NewList(length func() int, create func() fyne.CanvasObject, fill func(int, fyne.CanvasObject)) *List {
	l := &List{}
	l.Length, l.CreateItem, l.UpdateItem = length, create, fill
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey is part of fyne.Focusable.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown:
		l.List.TypedKey(e)
	default:
		PassKey(l, e)
	}
}

// FocusGained is part of fyne.Focusable.
func (l *List) FocusGained() {
	l.List.FocusGained()
	reveal(l)
}
