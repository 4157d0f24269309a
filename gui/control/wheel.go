package control

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Wheel lies over pages and makes them scroll as in other programs: three lines for a notch, and the page scrolls even
// if the pointer is over a field. Fyne scrolls the innermost object that could scroll, which may be a field, and only
// 25 pixels for a notch (fyne#775, fyne#3492, until fixed). The Wheel gets no other events.
type Wheel struct {
	widget.BaseWidget
	over fyne.CanvasObject
}

// NewWheel returns a wheel for the objects in over. It must lie over them, at the same place and with the same size.
func NewWheel(over fyne.CanvasObject) *Wheel {
	w := &Wheel{over: over}
	w.ExtendBaseWidget(w)
	return w
}

// The distance that Fyne scrolls for one notch, in its units, and the factor by which this wheel scrolls further.
const (
	fyneNotch   float32 = 25
	notchFactor float32 = 3
)

// scroller is a widget with a scroll of its own, such as a table.
type scroller interface{ Scroller() *container.Scroll }

// Scrolled is part of fyne.Scrollable.
func (w *Wheel) Scrolled(e *fyne.ScrollEvent) {
	d := e.Scrolled
	if isNotches(d.DX) && isNotches(d.DY) { // a touchpad sends smaller steps, which stay as they are
		d.DX, d.DY = d.DX*notchFactor, d.DY*notchFactor
	}
	move(w.over, e.Position, d)
}

func isNotches(d float32) bool { return math.Mod(float64(d), float64(fyneNotch)) == 0 }

// move scrolls the innermost object under a point that can move in a direction. It reports whether something moved.
func move(o fyne.CanvasObject, at fyne.Position, by fyne.Delta) bool {
	size := o.Size()
	if !o.Visible() || at.X < 0 || at.Y < 0 || at.X > size.Width || at.Y > size.Height {
		return false
	}
	inside := within(o)
	for i := range inside { // the last one lies on top
		child := inside[len(inside)-1-i]
		if move(child, at.Subtract(child.Position()), by) {
			return true
		}
	}
	switch o := o.(type) {
	case *container.Scroll:
		return scrollBy(o, by)
	case scroller:
		return scrollBy(o.Scroller(), by)
	case *List:
		before := o.GetScrollOffset()
		o.ScrollToOffset(before - by.DY)
		return o.GetScrollOffset() != before
	}
	return false
}

func scrollBy(s *container.Scroll, by fyne.Delta) bool {
	before := s.Offset
	s.ScrollToOffset(fyne.NewPos(before.X-by.DX, before.Y-by.DY))
	return s.Offset != before
}

// CreateRenderer is part of fyne.Widget.
func (w *Wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
