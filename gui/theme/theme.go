// Package theme has the appearance of the window: a light and a dark palette with one accent colour, and the sizes. Widgets
// ask for colours by name; no other package defines a colour.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The modes that the user can choose, as in settings.json.
const (
	System = "system"
	Light  = "light"
	Dark   = "dark"
)

// The text sizes that the user can choose, as in settings.json.
const (
	Small  = "small"
	Normal = "normal"
	Large  = "large"
)

// Colours that Fyne lacks.
const (
	ColorSurface fyne.ThemeColorName = "surface" // cards and the top bar
	ColorBorder  fyne.ThemeColorName = "border"  // the line around a card
	ColorTrack   fyne.ThemeColorName = "track"   // a switch that is off
	ColorOnTrack fyne.ThemeColorName = "onTrack" // the word and the knob of such a switch
	ColorStripe  fyne.ThemeColorName = "stripe"  // a soft background in the accent's hue
	ColorProof   fyne.ThemeColorName = "proof"   // a soft background that means success
)

// SizeFigure is the size of the multiplier's number.
const SizeFigure fyne.ThemeSizeName = "figure"

// appTheme is Fyne's default theme with our palette. mode forces light or dark; scale is the scale of texts.
type appTheme struct {
	fyne.Theme
	mode  string
	scale float32
}

// New returns the theme for a mode, with text of the usual size. A mode that is neither light nor dark follows the
// system.
func New(mode string) fyne.Theme { return Sized(mode, Normal) }

// Sized returns the theme for a mode with a text size.
func Sized(mode, size string) fyne.Theme {
	t := &appTheme{Theme: fynetheme.DefaultTheme(), mode: mode, scale: 1}
	switch size {
	case Small:
		t.scale = 12. / 13
	case Large:
		t.scale = 15.5 / 13
	}
	return t
}

// Scale returns the current text size as a multiple of the usual one.
func Scale() float32 { return Size(fynetheme.SizeNameText) / sizes[fynetheme.SizeNameText] }

// Color returns the colour for a name in the current theme.
func Color(name fyne.ThemeColorName) color.Color { return fynetheme.Color(name) }

// Size returns the size for a name in the current theme, in Fyne's units.
func Size(name fyne.ThemeSizeName) float32 { return fynetheme.Size(name) }

// Color is part of fyne.Theme.
func (t *appTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.mode {
	case Light:
		variant = fynetheme.VariantLight
	case Dark:
		variant = fynetheme.VariantDark
	}
	palette := &darkPalette
	if variant == fynetheme.VariantLight {
		palette = &lightPalette
	}
	if c, ok := (*palette)[name]; ok {
		return c
	}
	return t.Theme.Color(name, variant)
}

// accented is the current theme with the accent colour in place of the text's colour.
type accented struct{}

// Accented returns a theme for controls that Fyne draws in the text's colour, such as a slider.
func Accented() fyne.Theme { return accented{} }

// Color is part of fyne.Theme.
func (accented) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	now := fyne.CurrentApp().Settings().Theme()
	switch name {
	case fynetheme.ColorNameForeground:
		name = fynetheme.ColorNamePrimary
	case fynetheme.ColorNameInputBackground:
		name = fynetheme.ColorNameInputBorder
	}
	return now.Color(name, variant)
}

// Font is part of fyne.Theme.
func (accented) Font(s fyne.TextStyle) fyne.Resource {
	return fyne.CurrentApp().Settings().Theme().Font(s)
}

// Icon is part of fyne.Theme.
func (accented) Icon(n fyne.ThemeIconName) fyne.Resource {
	return fyne.CurrentApp().Settings().Theme().Icon(n)
}

// Size is part of fyne.Theme.
func (accented) Size(n fyne.ThemeSizeName) float32 {
	return fyne.CurrentApp().Settings().Theme().Size(n)
}

// Size is part of fyne.Theme.
func (t *appTheme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		if texts[name] {
			s *= t.scale
		}
		return s
	}
	return t.Theme.Size(name)
}

// texts has the sizes that grow with the text.
var texts = map[fyne.ThemeSizeName]bool{
	fynetheme.SizeNameText: true, fynetheme.SizeNameCaptionText: true, fynetheme.SizeNameSubHeadingText: true,
	fynetheme.SizeNameHeadingText: true, SizeFigure: true, fynetheme.SizeNameInlineIcon: true,
}

var sizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:            13,
	fynetheme.SizeNameCaptionText:     12,
	fynetheme.SizeNameSubHeadingText:  15,
	fynetheme.SizeNameHeadingText:     20,
	SizeFigure:                        28,
	fynetheme.SizeNameInnerPadding:    7,
	fynetheme.SizeNamePadding:         4,
	fynetheme.SizeNameInputRadius:     6,
	fynetheme.SizeNameSelectionRadius: 5,
	fynetheme.SizeNameScrollBar:       12,
	fynetheme.SizeNameScrollBarSmall:  4,
	fynetheme.SizeNameInlineIcon:      18,
}
