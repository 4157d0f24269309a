package tip

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Explained is a widget with an explanation, which is empty for none.
type Explained interface {
	fyne.Widget
	Explanation() string
}

// Hover is embedded in a widget that looks otherwise while the pointer is on it, and is explained when the pointer rests
// there. Attach comes first.
type Hover struct {
	over    Explained
	hovered bool
}

// Attach sets the widget, which embeds the Hover.
func (h *Hover) Attach(w Explained) { h.over = w }

// Hovered reports whether the pointer is on the widget.
func (h *Hover) Hovered() bool { return h.hovered }

// MouseIn is part of desktop.Hoverable.
func (h *Hover) MouseIn(e *desktop.MouseEvent) {
	h.hovered = true
	h.over.Refresh()
	h.MouseMoved(e)
}

// MouseMoved is part of desktop.Hoverable.
func (h *Hover) MouseMoved(e *desktop.MouseEvent) { Over(h.over, e, h.over.Explanation()) }

// MouseOut is part of desktop.Hoverable.
func (h *Hover) MouseOut() {
	h.hovered = false
	h.over.Refresh()
	Leave(h.over)
}
