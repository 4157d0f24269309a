package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
)

func TestEveryColourIsDefined(t *testing.T) {
	test.NewTempApp(t)
	for _, mode := range []string{System, Light, Dark} {
		test.AssertAllColorNamesDefined(t, New(mode), mode)
	}
}

func TestTheModeSelectsThePalette(t *testing.T) {
	test.NewTempApp(t)
	for _, v := range []fyne.ThemeVariant{fynetheme.VariantLight, fynetheme.VariantDark} {
		if got := New(Light).Color(fynetheme.ColorNameBackground, v); got != lightPalette[fynetheme.ColorNameBackground] {
			t.Errorf("mode light, variant %d: background %v, want that of the light palette", v, got)
		}
		if got := New(Dark).Color(fynetheme.ColorNameBackground, v); got != darkPalette[fynetheme.ColorNameBackground] {
			t.Errorf("mode dark, variant %d: background %v, want that of the dark palette", v, got)
		}
	}
	if a, b := New(System).Color(ColorSurface, fynetheme.VariantLight), New(System).Color(ColorSurface, fynetheme.VariantDark); a == b {
		t.Errorf("mode system: both variants have the surface %v, want one for each", a)
	}
}

func TestBothPalettesHaveTheSameColours(t *testing.T) {
	for name := range lightPalette {
		if _, ok := darkPalette[name]; !ok {
			t.Errorf("colour %s is only in the light palette", name)
		}
	}
	if len(lightPalette) != len(darkPalette) {
		t.Errorf("%d light colours, %d dark ones; want the same number", len(lightPalette), len(darkPalette))
	}
}

// TestTextHasEnoughContrast: WCAG 2.1 demands a contrast of 4.5:1 for text (AA).
func TestTextHasEnoughContrast(t *testing.T) {
	texts := []fyne.ThemeColorName{
		fynetheme.ColorNameForeground, fynetheme.ColorNamePlaceHolder, fynetheme.ColorNamePrimary,
		fynetheme.ColorNameSuccess, fynetheme.ColorNameWarning, fynetheme.ColorNameError,
	}
	backgrounds := []fyne.ThemeColorName{
		fynetheme.ColorNameBackground, ColorSurface, fynetheme.ColorNameInputBackground,
		fynetheme.ColorNameHeaderBackground, fynetheme.ColorNameOverlayBackground, ColorStripe,
	}
	pairs := [][2]fyne.ThemeColorName{
		{fynetheme.ColorNameForeground, ColorProof},
		{fynetheme.ColorNameSuccess, ColorProof},
		{fynetheme.ColorNameForegroundOnPrimary, fynetheme.ColorNamePrimary},
		{fynetheme.ColorNameForegroundOnError, fynetheme.ColorNameError},
		{fynetheme.ColorNameForegroundOnWarning, fynetheme.ColorNameWarning},
		{fynetheme.ColorNameForegroundOnSuccess, fynetheme.ColorNameSuccess},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameButton},
		{ColorOnTrack, ColorTrack},
	}
	for _, text := range texts {
		for _, background := range backgrounds {
			pairs = append(pairs, [2]fyne.ThemeColorName{text, background})
		}
	}
	for mode, p := range map[string]map[fyne.ThemeColorName]color.Color{Light: lightPalette, Dark: darkPalette} {
		for _, pair := range pairs {
			if c := contrast(p[pair[0]], p[pair[1]]); c < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f:1, want at least 4.5:1", mode, pair[0], pair[1], c)
			}
		}
	}
}

// TestBordersAndControlsHaveEnoughContrast: WCAG 2.1 demands a contrast of 3:1 for the edges of controls and for the
// mark of the focus (1.4.11).
func TestBordersAndControlsHaveEnoughContrast(t *testing.T) {
	marks := []fyne.ThemeColorName{
		ColorBorder, fynetheme.ColorNameInputBorder, ColorTrack, fynetheme.ColorNamePrimary,
		fynetheme.ColorNameSuccess, fynetheme.ColorNameWarning, fynetheme.ColorNameError,
	}
	backgrounds := []fyne.ThemeColorName{
		fynetheme.ColorNameBackground, ColorSurface, fynetheme.ColorNameInputBackground, fynetheme.ColorNameHeaderBackground, fynetheme.ColorNameOverlayBackground,
	}
	for mode, p := range map[string]map[fyne.ThemeColorName]color.Color{Light: lightPalette, Dark: darkPalette} {
		for _, mark := range marks {
			for _, background := range backgrounds {
				if c := contrast(p[mark], p[background]); c < 3 {
					t.Errorf("%s: %s on %s has a contrast of %.2f:1, want at least 3:1", mode, mark, background, c)
				}
			}
		}
		if c := contrast(p[fynetheme.ColorNameInputBorder], p[ColorStripe]); c < 3 {
			t.Errorf("%s: the border of a control on a stripe has a contrast of %.2f:1, want at least 3:1", mode, c)
		}
	}
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}
