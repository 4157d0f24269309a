package grid

import "fyne.io/fyne/v2/container"

// Scroller is what the rows scroll in.
func (g *Grid) Scroller() *container.Scroll { return g.scroll }
