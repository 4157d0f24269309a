package grid

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// grip is the line between two titles. Dragging it makes the left column wider; a double click resets all widths.
type grip struct {
	widget.BaseWidget
	tip.Hover
	grid   *Grid
	column int
	start  []float32 // widths when the drag began; nil while it is not dragged
	by     float32   // how far it was dragged since then
}

func newGrip(g *Grid, column int) *grip {
	p := &grip{grid: g, column: column}
	p.ExtendBaseWidget(p)
	p.Attach(p)
	return p
}

// Dragged is part of fyne.Draggable.
func (p *grip) Dragged(e *fyne.DragEvent) {
	if p.start == nil {
		tip.Hide(p)
		p.start, p.by = p.grid.widths(p.grid.header.Size().Width), 0
	}
	p.by += e.Dragged.DX
	p.grid.move(p.column, p.by, p.start)
}

// DragEnd is part of fyne.Draggable.
func (p *grip) DragEnd() {
	p.start = nil
	p.grid.notifyWidths()
}

// DoubleTapped is part of fyne.DoubleTappable.
func (p *grip) DoubleTapped(*fyne.PointEvent) { p.grid.ResetWidths() }

// Cursor is part of desktop.Cursorable.
func (p *grip) Cursor() desktop.Cursor { return desktop.HResizeCursor }

// Explanation returns the text that is shown while the pointer rests on the grip; "" while it is dragged.
func (p *grip) Explanation() string {
	if p.start != nil {
		return ""
	}
	return lang.L("Drag to change the width. A double click resets all columns.")
}

// CreateRenderer is part of fyne.Widget.
func (p *grip) CreateRenderer() fyne.WidgetRenderer {
	r := &gripRenderer{p: p, line: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type gripRenderer struct {
	p    *grip
	line *canvas.Rectangle
}

// Sizes of a grip, in Fyne's units.
const (
	gripWidth float32 = 9
	gripInset float32 = 8 // above and below its line
)

func (r *gripRenderer) Destroy()                     {}
func (r *gripRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }
func (r *gripRenderer) MinSize() fyne.Size           { return fyne.NewSize(gripWidth, headerHeight) }

func (r *gripRenderer) Layout(size fyne.Size) {
	r.line.Move(fyne.NewPos((size.Width-1)/2, gripInset))
	r.line.Resize(fyne.NewSize(1, size.Height-2*gripInset))
}

func (r *gripRenderer) Refresh() {
	r.line.FillColor = theme.Color(fynetheme.ColorNameSeparator)
	if r.p.Hovered() {
		r.line.FillColor = theme.Color(fynetheme.ColorNamePrimary)
	}
	canvas.Refresh(r.line)
}
