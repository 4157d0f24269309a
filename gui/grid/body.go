package grid

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// body is all rows as one tall widget; only the rows in view have objects for their texts.
type body struct {
	widget.BaseWidget
	grid    *Grid
	draw    *bodyRenderer // nil until it is shown
	hovered int           // row under the pointer, or -1
	focused bool
	pressed fyne.KeyModifier // modifier keys held at the last press of a mouse button
}

func newBody(g *Grid) *body {
	b := &body{grid: g, hovered: -1}
	b.ExtendBaseWidget(b)
	return b
}

// update shows the rows in view as they are now.
func (b *body) update() {
	if b.draw != nil {
		b.draw.update()
	}
}

// resize makes the body as high as its rows, and at least as large as the view.
func (b *body) resize() {
	size := b.MinSize()
	view := b.grid.scroll.Size()
	b.Resize(fyne.NewSize(max(size.Width, view.Width), max(size.Height, view.Height)))
}

// MouseDown is part of desktop.Mouseable.
func (b *body) MouseDown(e *desktop.MouseEvent) { b.pressed = e.Modifier }

// MouseUp is part of desktop.Mouseable.
func (b *body) MouseUp(*desktop.MouseEvent) {}

// Tapped is part of fyne.Tappable.
func (b *body) Tapped(e *fyne.PointEvent) {
	held := b.pressed
	b.pressed = 0
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		c.Focus(b)
	}
	switch row := int(e.Position.Y / rowHeight); {
	case row >= b.grid.rows():
	case held&fyne.KeyModifierShift != 0 && b.grid.OnRange != nil:
		b.grid.goTo(row, b.grid.OnRange)
	case held&fyne.KeyModifierShortcutDefault != 0 && b.grid.OnToggle != nil:
		b.grid.goTo(row, b.grid.OnToggle)
	default:
		b.grid.choose(row)
		if b.grid.OnTap != nil {
			b.grid.OnTap(row)
		}
	}
}

// TappedSecondary is part of fyne.SecondaryTappable. It leaves several chosen rows chosen if the click is on one of
// them.
func (b *body) TappedSecondary(e *fyne.PointEvent) {
	if row := int(e.Position.Y / rowHeight); row < b.grid.rows() {
		tip.Hide(b)
		if b.pressed = 0; !b.grid.marked(row) {
			b.Tapped(e)
		}
		if b.grid.OnMenu != nil {
			b.grid.OnMenu(row, e.AbsolutePosition)
		}
	}
}

// menu opens the menu of the chosen row.
func (b *body) menu(at fyne.Position) {
	if b.grid.OnMenu != nil && b.grid.Selected() >= 0 {
		b.grid.OnMenu(b.grid.Selected(), at)
	}
}

// menuKey opens the menu below the chosen row.
func (b *body) menuKey() {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(b)
	b.menu(at.AddXY(edge+gap, float32(b.grid.Selected()+1)*rowHeight))
}

// MouseIn is part of desktop.Hoverable.
func (b *body) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (b *body) MouseMoved(e *desktop.MouseEvent) {
	b.hover(int(e.Position.Y / rowHeight))
	tip.Over(b, e, b.cutAt(e.Position))
}

// MouseOut is part of desktop.Hoverable.
func (b *body) MouseOut() {
	b.hover(-1)
	tip.Leave(b)
}

// cutAt returns the whole text of the cell at a place if the cell is shortened; otherwise "".
func (b *body) cutAt(at fyne.Position) string {
	row := int(at.Y / rowHeight)
	if b.draw == nil || row < 0 || row >= b.grid.rows() || len(b.draw.slots) == 0 {
		return ""
	}
	s := b.draw.slots[row%len(b.draw.slots)]
	if s.row != row {
		return ""
	}
	x := edge
	for i, w := range b.draw.widths {
		if x += w; at.X < x {
			if s.texts[i].Text != s.cells[i].Text {
				return s.cells[i].Text
			}
			return ""
		}
	}
	return ""
}

func (b *body) hover(row int) {
	if row >= b.grid.rows() {
		row = -1
	}
	if row != b.hovered {
		b.hovered = row
		b.update()
	}
}

// FocusGained is part of fyne.Focusable.
func (b *body) FocusGained() { b.focused = true; b.update() }

// FocusLost is part of fyne.Focusable.
func (b *body) FocusLost() { b.focused = false; b.update() }

// TypedRune is part of fyne.Focusable.
func (b *body) TypedRune(rune) {}

// KeyDown is part of desktop.Keyable: any key hides the explanation.
func (b *body) KeyDown(*fyne.KeyEvent) { tip.Hide(b) }

// KeyUp is part of desktop.Keyable.
func (b *body) KeyUp(*fyne.KeyEvent) {}

// TypedKey is part of fyne.Focusable.
func (b *body) TypedKey(e *fyne.KeyEvent) {
	if to, ok := b.target(e.Name); ok {
		if shifted() && b.grid.OnRange != nil {
			b.grid.goTo(to, b.grid.OnRange)
		} else {
			b.grid.choose(to)
		}
		return
	}
	switch at := b.grid.Selected(); e.Name {
	case fyne.KeyDelete:
		if b.grid.OnDelete != nil && at >= 0 {
			b.grid.OnDelete()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.grid.OnOpen != nil && at >= 0 {
			b.grid.OnOpen(at)
		}
	case desktop.KeyMenu:
		b.menuKey()
	case fyne.KeyF10:
		if shifted() {
			b.menuKey()
		}
	case fyne.KeyEscape:
		if at < 0 {
			PassKey(b, e)
			return
		}
		b.grid.selected = -1
		b.update()
		if b.grid.OnSelect != nil {
			b.grid.OnSelect(-1)
		}
	default:
		PassKey(b, e)
	}
}

// target returns the row that a key goes to.
func (b *body) target(key fyne.KeyName) (row int, ok bool) {
	at, page := b.grid.Selected(), max(int(b.grid.scroll.Size().Height/rowHeight)-1, 1)
	switch key {
	case fyne.KeyDown:
		return at + 1, true
	case fyne.KeyUp:
		return at - 1, true
	case fyne.KeyPageDown:
		return at + page, true
	case fyne.KeyPageUp:
		return at - page, true
	case fyne.KeyHome:
		return 0, true
	case fyne.KeyEnd:
		return b.grid.rows() - 1, true
	}
	return 0, false
}

// shifted reports whether Shift is held.
func shifted() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// TypedShortcut is part of fyne.Shortcutable. A shortcut that the table does not use goes to the window.
func (b *body) TypedShortcut(s fyne.Shortcut) {
	if _, all := s.(*fyne.ShortcutSelectAll); all && b.grid.OnAll != nil {
		b.grid.OnAll()
		return
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(b).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// PassKey gives the window a key that the focused widget does not use. Fyne gives keys to the window only if nothing
// has the focus (fyne#2927, until fixed).
func PassKey(from fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(from); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// CreateRenderer is part of fyne.Widget.
func (b *body) CreateRenderer() fyne.WidgetRenderer {
	b.draw = &bodyRenderer{b: b, cells: make([]Cell, len(b.grid.columns))}
	for _, r := range []**canvas.Rectangle{&b.draw.hover, &b.draw.chosen} {
		*r = canvas.NewRectangle(color.Transparent)
	}
	b.draw.colours()
	return b.draw
}

type bodyRenderer struct {
	b             *body
	hover, chosen *canvas.Rectangle
	others        []*canvas.Rectangle // backgrounds of the other chosen rows, one for each slot
	slots         []*slot
	objects       []fyne.CanvasObject
	widths        []float32
	cells         []Cell // scratch
}

func (r *bodyRenderer) Destroy()                     { r.b.draw = nil }
func (r *bodyRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *bodyRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.b.grid.minWidth(), float32(r.b.grid.rows())*rowHeight)
}

func (r *bodyRenderer) Layout(size fyne.Size) {
	r.widths = r.b.grid.widths(size.Width)
	r.grow()
	for _, s := range r.slots {
		s.row = -1 // its texts are laid out again
	}
	r.update()
}

// Refresh takes over the colours and text sizes of a new theme.
func (r *bodyRenderer) Refresh() {
	r.colours()
	r.Layout(r.b.Size()) // the text may have another size
}

func (r *bodyRenderer) colours() {
	r.hover.FillColor = theme.Color(fynetheme.ColorNameHover)
	r.chosen.StrokeColor = theme.Color(fynetheme.ColorNamePrimary)
	r.hover.CornerRadius, r.chosen.CornerRadius = theme.Size(fynetheme.SizeNameSelectionRadius), theme.Size(fynetheme.SizeNameSelectionRadius)
}

// grow makes as many slots as there can be rows in view.
func (r *bodyRenderer) grow() {
	want := int(r.b.grid.scroll.Size().Height/rowHeight) + 2
	if want <= len(r.slots) {
		return
	}
	for len(r.slots) < want {
		r.slots = append(r.slots, newSlot(r.b.grid.columns))
		if r.b.grid.Marked != nil {
			r.others = append(r.others, canvas.NewRectangle(color.Transparent))
		}
	}
	r.objects = append(r.objects[:0], r.hover)
	for _, o := range r.others {
		r.objects = append(r.objects, o)
	}
	r.objects = append(r.objects, r.chosen)
	for _, s := range r.slots {
		for i, t := range s.texts {
			r.objects = append(r.objects, t)
			if s.icons[i] != nil {
				r.objects = append(r.objects, s.icons[i])
			}
		}
	}
}

func (r *bodyRenderer) update() {
	g := r.b.grid
	r.grow()
	if len(r.widths) == 0 {
		return
	}
	first := max(int(g.scroll.Offset.Y/rowHeight), 0)
	for i := range r.slots {
		row := first + i
		s := r.slots[row%len(r.slots)]
		if row >= g.rows() {
			s.hide()
			continue
		}
		clear(r.cells)
		g.cells(row, r.cells)
		s.show(row, r.cells, r.widths)
	}
	r.place(r.hover, r.b.hovered)
	r.mark(first)
	r.markOthers(first)
}

// markOthers marks the chosen rows other than the keyboard's row.
func (r *bodyRenderer) markOthers(first int) {
	fill, radius := theme.Color(fynetheme.ColorNameSelection), theme.Size(fynetheme.SizeNameSelectionRadius)
	for i, o := range r.others {
		row := first + i
		if row == r.b.grid.Selected() || row >= r.b.grid.rows() || !r.b.grid.Marked(row) {
			row = -1
		}
		r.place(o, row)
		if o.FillColor != fill || o.CornerRadius != radius {
			o.FillColor, o.CornerRadius = fill, radius
			o.Refresh()
		}
	}
}

// mark marks the chosen row, and draws a frame if the table has the focus. If no row is chosen, it draws that frame
// around the first row in view.
func (r *bodyRenderer) mark(first int) {
	row, stroke, fill := r.b.grid.Selected(), float32(0), theme.Color(fynetheme.ColorNameSelection)
	if r.b.focused {
		stroke = 1
		if row < 0 {
			row, fill = first, color.Transparent
		}
	}
	r.place(r.chosen, row)
	if r.chosen.StrokeWidth != stroke || r.chosen.FillColor != fill {
		r.chosen.StrokeWidth, r.chosen.FillColor = stroke, fill
		r.chosen.Refresh()
	}
}

// place puts a background behind a row. A background without a row lies above the table, out of sight. It is not
// hidden, because Fyne does not repaint when an object is shown for the first time (fyne#4494).
func (r *bodyRenderer) place(rect *canvas.Rectangle, row int) {
	if row < 0 || row >= r.b.grid.rows() {
		row = -2
	}
	rect.Resize(fyne.NewSize(r.b.Size().Width-edge, rowHeight-1))
	rect.Move(fyne.NewPos(edge/2, float32(row)*rowHeight))
}
