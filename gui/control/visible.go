package control

import "fyne.io/fyne/v2"

// SetVisible shows or hides an object, and does nothing if that is its state already, since Fyne draws again at each
// call. It also lays out the containers around the object: Fyne forgets that if the innermost one keeps its own size,
// so the space of the hidden object would stay empty (EnsureMinSize of 2.8.1 lays out only the container around it;
// TestWhatIsHiddenLeavesNoGap).
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
		for _, over := range w.Canvas().Overlays().List() { // Fyne's own list: it must not be appended to
			layOut(over, o)
		}
		// Fyne draws by itself when something changes that it drew before. What is shown for the first time belongs to no
		// window yet: the screen would stay as it is until something else changes (fyne#4494, which is closed and still so in
		// 2.8.1; TestWhatIsShownForTheFirstTimeIsDrawn).
		if c, ok := w.Canvas().(interface{ SetDirty() }); ok && visible {
			c.SetDirty()
		}
	}
}

// layOut lays out the containers from one that holds an object up to another, and reports whether it found the object in it.
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
