package grid

import "fyne.io/fyne/v2/container"

// Scroller returns the scroll that contains the rows.
func (g *Grid) Scroller() *container.Scroll { return g.scroll }
