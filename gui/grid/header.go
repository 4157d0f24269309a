package grid

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// header is the row of titles. With the keyboard, left and right go from title to title, and Enter sorts.
type header struct {
	widget.BaseWidget
	grid    *Grid
	titles  []*title
	grips   []*grip // at the right edge of each title
	at      int     // title that has the focus
	focused bool
}

func newHeader(g *Grid) *header {
	h := &header{grid: g}
	for i, c := range g.columns {
		h.titles = append(h.titles, newTitle(g, c))
		h.grips = append(h.grips, newGrip(g, i))
	}
	h.ExtendBaseWidget(h)
	return h
}

func (h *header) setSort(key string, descending bool) {
	for _, t := range h.titles {
		t.setSort(t.column.Key == key && key != "", descending)
	}
}

// Disabled is part of fyne.Disableable. The header takes no focus if no column sorts.
func (h *header) Disabled() bool { return h.grid.OnSort == nil }

// Disable is part of fyne.Disableable.
func (h *header) Disable() {}

// Enable is part of fyne.Disableable.
func (h *header) Enable() {}

// FocusGained is part of fyne.Focusable.
func (h *header) FocusGained() {
	h.focused = true
	if h.titles[h.at].Hidden {
		h.at = 0 // the first column is never hidden
	}
	h.Refresh()
}

// FocusLost is part of fyne.Focusable.
func (h *header) FocusLost() { h.focused = false; h.Refresh() }

// TypedRune is part of fyne.Focusable.
func (h *header) TypedRune(rune) {}

// KeyDown is part of desktop.Keyable: any key hides the explanation.
func (h *header) KeyDown(*fyne.KeyEvent) { tip.Hide(h) }

// KeyUp is part of desktop.Keyable.
func (h *header) KeyUp(*fyne.KeyEvent) {}

// TypedKey is part of fyne.Focusable.
func (h *header) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		h.step(-1)
	case fyne.KeyRight:
		h.step(1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		h.titles[h.at].Tapped(nil)
	case fyne.KeyDown:
		if c := fyne.CurrentApp().Driver().CanvasForObject(h); c != nil {
			c.Focus(h.grid.body)
		}
	default:
		PassKey(h, e)
	}
}

// step moves the focus to the next visible title.
func (h *header) step(by int) {
	for at := h.at + by; at >= 0 && at < len(h.titles); at += by {
		if !h.titles[at].Hidden {
			h.at = at
			h.Refresh()
			return
		}
	}
}

// CreateRenderer is part of fyne.Widget.
func (h *header) CreateRenderer() fyne.WidgetRenderer {
	r := &headerRenderer{h: h, line: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	for _, t := range h.titles {
		r.objects = append(r.objects, t)
	}
	for _, p := range h.grips {
		r.objects = append(r.objects, p)
	}
	r.objects = append(r.objects, r.line, r.ring)
	r.Refresh()
	return r
}

type headerRenderer struct {
	h       *header
	line    *canvas.Rectangle
	ring    *canvas.Rectangle // around the title that has the focus
	objects []fyne.CanvasObject
}

func (r *headerRenderer) Destroy()                     {}
func (r *headerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *headerRenderer) MinSize() fyne.Size           { return fyne.NewSize(r.h.grid.minWidth(), headerHeight) }

func (r *headerRenderer) Layout(size fyne.Size) {
	x := edge
	for i, w := range r.h.grid.widths(size.Width) {
		r.h.grips[i].Hidden = w == 0 || r.h.grid.after(i) < 0
		if r.h.titles[i].Hidden = w == 0; w == 0 {
			continue
		}
		r.h.titles[i].Move(fyne.NewPos(x, 0))
		r.h.titles[i].Resize(fyne.NewSize(w, size.Height-1))
		x += w
		r.h.grips[i].Move(fyne.NewPos(x-gripWidth/2, 0))
		r.h.grips[i].Resize(fyne.NewSize(gripWidth, size.Height-1))
	}
	r.line.Move(fyne.NewPos(0, size.Height-1))
	r.line.Resize(fyne.NewSize(size.Width, 1))
	at := r.h.titles[r.h.at]
	r.ring.Move(at.Position().AddXY(1, 3))
	r.ring.Resize(at.Size().SubtractWidthHeight(2, 6))
}

func (r *headerRenderer) Refresh() {
	r.line.FillColor = theme.Color(theme.ColorBorder)
	r.ring.CornerRadius, r.ring.StrokeWidth, r.ring.StrokeColor = theme.Size(fynetheme.SizeNameInputRadius), 2, theme.Color(fynetheme.ColorNameFocus)
	r.ring.Hidden = !r.h.focused
	for _, t := range r.h.titles {
		t.Refresh()
	}
	for _, p := range r.h.grips {
		p.Refresh()
	}
	r.Layout(r.h.Size()) // columns may have been hidden or shown
	canvas.Refresh(r.h)
}

// title is the title of one column. A click sorts by that column.
type title struct {
	widget.BaseWidget
	tip.Hover
	grid               *Grid
	column             Column
	sorted, descending bool
	cut                bool // the title is shortened
}

func newTitle(g *Grid, c Column) *title {
	t := &title{grid: g, column: c}
	t.ExtendBaseWidget(t)
	t.Attach(t)
	return t
}

func (t *title) setSort(sorted, descending bool) {
	if t.sorted != sorted || t.descending != descending {
		t.sorted, t.descending = sorted, descending
		t.Refresh()
	}
}

// Tapped is part of fyne.Tappable.
func (t *title) Tapped(*fyne.PointEvent) {
	tip.Hide(t)
	if t.column.Key != "" && t.grid.OnSort != nil {
		t.grid.OnSort(t.column.Key)
	}
}

// Explanation returns the text that is shown while the pointer rests on the title, with the title itself if it is cut.
func (t *title) Explanation() string {
	if t.cut && t.column.Tip != "" {
		return t.column.Title + "\n" + t.column.Tip
	}
	if t.cut {
		return t.column.Title
	}
	return t.column.Tip
}

// CreateRenderer is part of fyne.Widget.
func (t *title) CreateRenderer() fyne.WidgetRenderer {
	r := &titleRenderer{t: t, text: canvas.NewText(t.column.Title, nil), arrow: canvas.NewImageFromResource(fynetheme.MenuDropDownIcon())}
	r.text.Alignment = t.column.Align
	r.arrow.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type titleRenderer struct {
	t     *title
	text  *canvas.Text
	arrow *canvas.Image
}

func (r *titleRenderer) Destroy()                     {}
func (r *titleRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text, r.arrow} }
func (r *titleRenderer) MinSize() fyne.Size           { return fyne.NewSize(r.t.column.Min, headerHeight) }

const arrowSize float32 = 14

func (r *titleRenderer) Layout(size fyne.Size) {
	lead := gap + r.t.column.Lead
	width := size.Width - lead - gap
	r.text.Move(fyne.NewPos(lead, 0))
	r.text.Resize(fyne.NewSize(width, size.Height))
	if r.t.sorted {
		width -= arrowSize // beside the title
	}
	if fit := Fit(r.t.column.Title, width+0.5, r.text.TextSize, r.text.TextStyle); fit != r.text.Text {
		r.text.Text = fit
	}
	r.t.cut = r.text.Text != r.t.column.Title
	if r.t.sorted {
		width += arrowSize
	}
	used := min(r.text.MinSize().Width, width)
	x := lead + used
	if r.t.column.Align == fyne.TextAlignTrailing {
		x = lead + width - used - arrowSize
	}
	r.arrow.Move(fyne.NewPos(x, (size.Height-arrowSize)/2))
	r.arrow.Resize(fyne.NewSquareSize(arrowSize))
}

func (r *titleRenderer) Refresh() {
	r.text.TextSize = theme.Size(fynetheme.SizeNameCaptionText)
	r.text.TextStyle.Bold = r.t.sorted
	r.text.Color = theme.Color(fynetheme.ColorNamePlaceHolder)
	if r.t.sorted || (r.t.Hovered() && r.t.column.Key != "") {
		r.text.Color = theme.Color(fynetheme.ColorNameForeground)
	}
	r.arrow.Resource = fynetheme.NewColoredResource(fynetheme.MenuDropUpIcon(), fynetheme.ColorNamePrimary)
	if r.t.descending {
		r.arrow.Resource = fynetheme.NewColoredResource(fynetheme.MenuDropDownIcon(), fynetheme.ColorNamePrimary)
	}
	if r.arrow.Hidden = !r.t.sorted; !r.arrow.Hidden {
		r.arrow.Refresh()
	}
	r.Layout(r.t.Size())
	canvas.Refresh(r.t)
}
