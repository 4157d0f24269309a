package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// limited is the layout of a dialog's content, which scrolls if the window has no room for all of it.
type limited struct{ limit fyne.Size } // zero as long as there is room

// MinSize is part of fyne.Layout.
func (f *limited) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !f.limit.IsZero() {
		return f.limit
	}
	return o[0].MinSize()
}

// Layout is part of fyne.Layout.
func (f *limited) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(size)
}

// fit has the content scroll where the dialog, which has its buttons, is larger than the window: Fyne draws it over its
// buttons and past the edges.
func (b *Dialog) fit() {
	excess := b.MinSize().Subtract(b.desk.Canvas().Size()).Max(fyne.Size{})
	if excess.IsZero() {
		return
	}
	content := b.content.Objects[0]
	scroll := container.NewScroll(content)
	if excess.Width == 0 {
		scroll.Direction = container.ScrollVerticalOnly
	}
	b.content.Layout, b.content.Objects = &limited{content.MinSize().Subtract(excess).Max(fyne.NewSize(minContent, minContent))}, []fyne.CanvasObject{scroll}
}

// minContent is what is left of a content at least, in Fyne's units.
const minContent = 32
