//go:build !nogui

package control

import "fyne.io/fyne/v2"

// SetVisible shows or hides an object, and does nothing where it already is so: Fyne draws anew at each call.
func SetVisible(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// PassKey gives the window a key that the focused widget has no use for: Fyne asks the window only where nothing is
// focused.
func PassKey(from fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(from); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}
