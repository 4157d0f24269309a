package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Border puts an object in the middle of four neighbours, of which each may be nil. Unlike Fyne's, it keeps the reading
// order, so that the Tab key follows it (fyne#4106, until fixed).
func Border(top, bottom, left, right, middle fyne.CanvasObject) *fyne.Container {
	c := container.New(layout.NewBorderLayout(top, bottom, left, right))
	for _, o := range []fyne.CanvasObject{top, left, middle, right, bottom} {
		if o != nil {
			c.Objects = append(c.Objects, o)
		}
	}
	return c
}

// Fit lays out such a container again after one of the neighbours has grown. Fyne does that with the next frame, except
// if something within a scroll in the middle has grown too: it remembers only one of the two (Canvas.EnsureMinSize).
func Fit(c *fyne.Container) { c.Layout.Layout(c.Objects, c.Size()) }
