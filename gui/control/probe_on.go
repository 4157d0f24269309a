//go:build e2e

package control

import "fyne.io/fyne/v2"

// Inner returns what lies on the card; for tests outside.
func (c *Card) Inner() fyne.CanvasObject { return c.content }
