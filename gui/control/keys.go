package control

import (
	"cmp"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// These are Fyne's widgets with better keys: Enter presses and opens, a key that the widget does not use goes to the
// window (Fyne gives it to the window only if nothing has the focus: fyne#2927, until fixed), and a widget that gets
// the focus scrolls into view.

// Fyne's widgets are embedded a level deeper, so that the pointer methods of the tip.Hover beside them win.
type (
	button struct{ widget.Button }
	check  struct{ widget.Check }
	choice struct{ widget.Select }
)

// Button is Fyne's button, but Enter presses it too (until fyne#2997 is fixed). When a key presses it, it keeps the
// focus, so that Tab continues from there.
type Button struct {
	button
	tip.Hover
	Name    string // for screen readers, if the button has no text
	Tip     string // shown while the pointer rests on it; Name if it is empty
	focused bool
}

// NewButton returns a button with a text.
func NewButton(label string, tapped func()) *Button { return NewButtonWithIcon(label, nil, tapped) }

// NewButtonWithIcon returns a button with an icon before its text, which may be empty.
func NewButtonWithIcon(label string, icon fyne.Resource, tapped func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped = label, icon, tapped
	b.ExtendBaseWidget(b)
	b.Wrap(b, &b.Button)
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
		grid.PassKey(b.Attached(), e)
	}
}

// FocusGained is part of fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
	reveal(b.Attached())
}

// FocusLost is part of fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// Tapped is part of fyne.Tappable.
func (b *Button) Tapped(e *fyne.PointEvent) {
	tip.Hide(b.Attached())
	b.Button.Tapped(e)
}

// Explained sets the text shown while the pointer rests on the button. It returns the button.
func (b *Button) Explained(text string) *Button { b.Tip = text; return b }

// Explanation returns the text that is shown while the pointer rests on it.
func (b *Button) Explanation() string { return cmp.Or(b.Tip, b.Name) }

// CreateRenderer is part of fyne.Widget. Fyne marks the focus with a little of the accent colour in the background,
// which cannot be seen on a button in the accent colour. So a ring is drawn as well.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b.Button.CreateRenderer(), b, canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)}
	r.setColour()
	return r
}

type buttonRenderer struct {
	fyne.WidgetRenderer
	b    *Button
	ring *canvas.Rectangle
	edge *canvas.Rectangle // around a button whose background is nearly the page's
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	own := r.WidgetRenderer.Objects()
	return append(own[:len(own):len(own)], r.edge, r.ring)
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.edge.Resize(size)
	r.ring.Move(fyne.NewPos(ringInset, ringInset))
	r.ring.Resize(size.SubtractWidthHeight(2*ringInset, 2*ringInset))
}

func (r *buttonRenderer) Refresh() {
	r.setColour()
	r.WidgetRenderer.Refresh()
}

const ringInset float32 = 2.5

// setColour gives the ring the colour of the text on the button.
func (r *buttonRenderer) setColour() {
	name := fynetheme.ColorNamePrimary
	switch r.b.Importance {
	case widget.HighImportance:
		name = fynetheme.ColorNameForegroundOnPrimary
	case widget.DangerImportance:
		name = fynetheme.ColorNameForegroundOnError
	}
	outline(r.edge)
	r.edge.Hidden = r.b.Importance != widget.MediumImportance
	r.ring.Hidden = !r.b.focused
	r.ring.StrokeWidth, r.ring.StrokeColor = 1.5, theme.Color(name)
	r.ring.CornerRadius = max(theme.Size(fynetheme.SizeNameInputRadius)-ringInset, 0)
}

// outline gives a control an edge with enough contrast, which its background lacks.
func outline(edge *canvas.Rectangle) {
	edge.StrokeWidth, edge.StrokeColor = 1, theme.Color(fynetheme.ColorNameInputBorder)
	edge.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
}

// Check is Fyne's check box, with an explanation.
type Check struct {
	check
	tip.Hover
	Tip string // shown while the pointer rests on it
}

// NewCheck returns a check box that is off.
func NewCheck(label string, changed func(on bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	c.Wrap(c, &c.Check)
	return c
}

// TypedKey is part of fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace { // Fyne also sends Space as a rune
		grid.PassKey(c, e)
	}
}

// Tapped is part of fyne.Tappable.
func (c *Check) Tapped(e *fyne.PointEvent) {
	tip.Hide(c)
	c.Check.Tapped(e)
}

// Explained sets the text shown while the pointer rests on the check box. It returns the check box.
func (c *Check) Explained(text string) *Check { c.Tip = text; return c }

// Explanation returns the text that is shown while the pointer rests on it.
func (c *Check) Explanation() string { return c.Tip }

// FocusGained is part of fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	reveal(c)
}

// Select is Fyne's select, with an explanation.
type Select struct {
	choice
	tip.Hover
	Name string // what to choose, for screen readers
	Tip  string // shown while the pointer rests on it
}

// NewSelect returns a choice of words with none chosen.
func NewSelect(words []string, changed func(word string)) *Select {
	s := &Select{}
	s.Options, s.OnChanged = words, changed
	s.ExtendBaseWidget(s)
	s.Wrap(s, &s.Select)
	return s
}

// CreateRenderer is part of fyne.Widget. It adds an edge, which Fyne's select lacks.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	r := &selectRenderer{s.Select.CreateRenderer(), canvas.NewRectangle(color.Transparent)}
	outline(r.edge)
	return r
}

type selectRenderer struct {
	fyne.WidgetRenderer
	edge *canvas.Rectangle
}

func (r *selectRenderer) Objects() []fyne.CanvasObject {
	own := r.WidgetRenderer.Objects()
	return append(own[:len(own):len(own)], r.edge)
}

func (r *selectRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.edge.Resize(size)
}

func (r *selectRenderer) Refresh() {
	outline(r.edge)
	r.WidgetRenderer.Refresh()
}

// TypedKey is part of fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		s.Select.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		grid.PassKey(s, e)
	}
}

// Tapped is part of fyne.Tappable.
func (s *Select) Tapped(e *fyne.PointEvent) {
	tip.Hide(s)
	s.Select.Tapped(e)
}

// Explanation returns the text that is shown while the pointer rests on it.
func (s *Select) Explanation() string { return s.Tip }

// FocusGained is part of fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	reveal(s)
}

// List is Fyne's list, with a name for screen readers.
type List struct {
	widget.List
	Name string // what it lists, for screen readers
}

// NewList returns a list of items. It makes one row for each visible place, and fills the rows again while the list
// scrolls.
func NewList(length func() int, create func() fyne.CanvasObject, fill func(int, fyne.CanvasObject)) *List {
	l := &List{}
	l.Length, l.CreateItem, l.UpdateItem = length, create, fill
	l.ExtendBaseWidget(l)
	return l
}

// KeyDown is part of desktop.Keyable: any key hides the explanation.
func (l *List) KeyDown(*fyne.KeyEvent) { tip.Hide(l) }

// KeyUp is part of desktop.Keyable.
func (l *List) KeyUp(*fyne.KeyEvent) {}

// TypedKey is part of fyne.Focusable.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown:
		l.List.TypedKey(e)
	default:
		grid.PassKey(l, e)
	}
}

// FocusGained is part of fyne.Focusable.
func (l *List) FocusGained() {
	l.List.FocusGained()
	reveal(l)
}
