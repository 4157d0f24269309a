package control

import "fyne.io/fyne/v2"

// SetVisible shows or hides an object, and does nothing where it already is so: Fyne draws again at each call.
func SetVisible(o fyne.CanvasObject, visible bool) {
	switch {
	case visible == o.Visible():
	case visible:
		o.Show()
		redraw()
	default:
		o.Hide()
	}
}

// redraw has all windows drawn once more. Fyne does so by itself when something changes that it drew before. What is
// shown for the first time belongs to no window yet: the screen would stay as it is until something else changes
// (fyne#4494, which is closed and still so in 2.8.1; TestWhatIsShownForTheFirstTimeIsDrawn).
func redraw() {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if c, ok := w.Canvas().(interface{ SetDirty() }); ok {
			c.SetDirty()
		}
	}
}
