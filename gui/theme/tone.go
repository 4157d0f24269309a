package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Tone is the importance of a text, which decides its colour.
type Tone uint8

// The tones.
const (
	Plain  Tone = iota
	Muted       // less important than its neighbours
	Strong      // the accent
	Good        // all is well
	Warn        // the user should know
	Bad         // the user should act
)

// Color returns the name of the tone's colour.
func (t Tone) Color() fyne.ThemeColorName {
	switch t {
	case Muted:
		return fynetheme.ColorNamePlaceHolder
	case Strong:
		return fynetheme.ColorNamePrimary
	case Good:
		return fynetheme.ColorNameSuccess
	case Warn:
		return fynetheme.ColorNameWarning
	case Bad:
		return fynetheme.ColorNameError
	default:
		return fynetheme.ColorNameForeground
	}
}
