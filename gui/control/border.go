package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Border puts an object in the middle of four neighbours, each of which may be nil. Unlike Fyne's container, it keeps
// its objects in reading order, so that the Tab key follows that order (fyne#4106, until fixed).
func Border(top, bottom, left, right, middle fyne.CanvasObject) *fyne.Container {
	c := container.New(layout.NewBorderLayout(top, bottom, left, right))
	for _, o := range []fyne.CanvasObject{top, left, middle, right, bottom} {
		if o != nil {
			c.Objects = append(c.Objects, o)
		}
	}
	return c
}

// Fit lays out a container of [Border] again after one of the neighbours has grown. Fyne does this with the next frame,
// except when something in a scroll in the middle has grown too: Fyne's Canvas.EnsureMinSize remembers only one of the
// two.
func Fit(c *fyne.Container) { c.Layout.Layout(c.Objects, c.Size()) }
