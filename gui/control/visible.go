package control

import "fyne.io/fyne/v2"

// SetVisible shows or hides an object. It does nothing if the object is already in that state, since Fyne draws again
// at each call. It also lays out the containers around the object: Fyne 2.8.1 lays out only the innermost one, and
// stops there if that one keeps its size, so the space of a hidden object would stay empty
// (TestAHiddenObjectLeavesNoGap).
func SetVisible(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		layOut(w.Content(), o)
		for _, over := range w.Canvas().Overlays().List() { // Fyne's own list: do not append to it
			layOut(over, o)
		}
		// Fyne draws again only when something changes that it drew before. An object that is shown for the first time
		// would stay invisible until something else changes (fyne#4494, closed but still so in 2.8.1;
		// TestAnObjectIsDrawnAtOnceWhenFirstShown).
		if c, ok := w.Canvas().(interface{ SetDirty() }); ok && visible {
			c.SetDirty()
		}
	}
}

// layOut lays out the containers that hold an object, from the innermost up to in. It reports whether in holds the
// object.
func layOut(in, o fyne.CanvasObject) bool {
	if in == nil || in == o || !in.Visible() {
		return in == o
	}
	for _, inner := range within(in) {
		if !layOut(inner, o) {
			continue
		}
		if c, ok := in.(*fyne.Container); ok && c.Layout != nil && !c.Size().IsZero() {
			c.Layout.Layout(c.Objects, c.Size())
		}
		return true
	}
	return false
}
