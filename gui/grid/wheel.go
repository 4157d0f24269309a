package grid

import "fyne.io/fyne/v2/container"

// Scroller returns what the rows scroll in.
func (g *Grid) Scroller() *container.Scroll { return g.scroll }
