//go:build e2e

package control

import "fyne.io/fyne/v2"

// Inner returns the card's content, for e2e tests.
func (c *Card) Inner() fyne.CanvasObject { return c.content }
