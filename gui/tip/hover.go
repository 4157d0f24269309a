package tip

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Explained is a widget with an explanation; "" if it has none.
type Explained interface {
	fyne.Widget
	Explanation() string
}

// Hover is embedded in a widget that changes its appearance while the pointer is on it, and shows an explanation when
// the pointer rests there. Call Attach or Wrap first.
type Hover struct {
	over    Explained
	inner   desktop.Hoverable // gets the same events; nil for none
	hovered bool
}

// Attach sets the widget that embeds the Hover.
func (h *Hover) Attach(w Explained) { h.over = w }

// Wrap does the same as Attach for a widget that embeds another widget, inner, which still gets the pointer's events.
// The other widget must be embedded one level deeper than the Hover, so that the Hover's methods win.
func (h *Hover) Wrap(w Explained, inner desktop.Hoverable) { h.over, h.inner = w, inner }

// Attached returns the widget that embeds the Hover.
func (h *Hover) Attached() Explained { return h.over }

// KeyDown is part of desktop.Keyable: any key hides the explanation. Fyne reports keys to the window only if no widget
// has the focus.
func (h *Hover) KeyDown(*fyne.KeyEvent) { Hide(h.over) }

// KeyUp is part of desktop.Keyable.
func (h *Hover) KeyUp(*fyne.KeyEvent) {}

// Hovered reports whether the pointer is on the widget.
func (h *Hover) Hovered() bool { return h.hovered }

// MouseIn is part of desktop.Hoverable.
func (h *Hover) MouseIn(e *desktop.MouseEvent) {
	h.hovered = true
	if h.inner == nil {
		h.over.Refresh()
	} else {
		h.inner.MouseIn(e)
	}
	Over(h.over, e, h.over.Explanation())
}

// MouseMoved is part of desktop.Hoverable.
func (h *Hover) MouseMoved(e *desktop.MouseEvent) {
	if h.inner != nil {
		h.inner.MouseMoved(e)
	}
	Over(h.over, e, h.over.Explanation())
}

// MouseOut is part of desktop.Hoverable.
func (h *Hover) MouseOut() {
	h.hovered = false
	if h.inner == nil {
		h.over.Refresh()
	} else {
		h.inner.MouseOut()
	}
	Leave(h.over)
}
