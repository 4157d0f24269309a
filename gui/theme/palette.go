package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The accent is Tyrian purple, the stripe on a Roman speaker's toga. Greys lean towards it a little.

func rgb(hex uint32) color.NRGBA { return rgba(hex, 0xff) }

func rgba(hex uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: a}
}

var lightPalette = map[fyne.ThemeColorName]color.Color{
	fynetheme.ColorNameBackground:          rgb(0xf5f3f6),
	ColorSurface:                           rgb(0xffffff),
	ColorBorder:                            rgb(0x918a98),
	ColorTrack:                             rgb(0x746e7b),
	ColorOnTrack:                           rgb(0xffffff),
	ColorStripe:                            rgb(0xf6e8f2),
	ColorProof:                             rgb(0xe4f3e8),
	fynetheme.ColorNameForeground:          rgb(0x221e27),
	fynetheme.ColorNamePlaceHolder:         rgb(0x655f6d),
	fynetheme.ColorNameDisabled:            rgb(0x9d97a4),
	fynetheme.ColorNamePrimary:             rgb(0x86286e),
	fynetheme.ColorNameHyperlink:           rgb(0x86286e),
	fynetheme.ColorNameForegroundOnPrimary: rgb(0xffffff),
	fynetheme.ColorNameFocus:               rgba(0x86286e, 0x59),
	fynetheme.ColorNameSelection:           rgba(0x86286e, 0x24),
	fynetheme.ColorNameHover:               rgba(0x30102a, 0x0d),
	fynetheme.ColorNamePressed:             rgba(0x30102a, 0x1f),
	fynetheme.ColorNameButton:              rgb(0xece8ee),
	fynetheme.ColorNameDisabledButton:      rgb(0xece8ee),
	fynetheme.ColorNameInputBackground:     rgb(0xfaf9fb),
	fynetheme.ColorNameInputBorder:         rgb(0x857e8c),
	fynetheme.ColorNameHeaderBackground:    rgb(0xfaf9fb),
	fynetheme.ColorNameMenuBackground:      rgb(0xffffff),
	fynetheme.ColorNameOverlayBackground:   rgb(0xffffff),
	fynetheme.ColorNameSeparator:           rgb(0xe3dfe6),
	fynetheme.ColorNameShadow:              rgba(0x1c1020, 0x33),
	fynetheme.ColorNameScrollBar:           rgba(0x4a4350, 0x80),
	fynetheme.ColorNameScrollBarBackground: rgba(0x4a4350, 0x14),
	fynetheme.ColorNameSuccess:             rgb(0x19733f),
	fynetheme.ColorNameWarning:             rgb(0x8f5300),
	fynetheme.ColorNameError:               rgb(0xb3261e),
	fynetheme.ColorNameForegroundOnSuccess: rgb(0xffffff),
	fynetheme.ColorNameForegroundOnWarning: rgb(0xffffff),
	fynetheme.ColorNameForegroundOnError:   rgb(0xffffff),
}

var darkPalette = map[fyne.ThemeColorName]color.Color{
	fynetheme.ColorNameBackground:          rgb(0x18161b),
	ColorSurface:                           rgb(0x221f26),
	ColorBorder:                            rgb(0x7a7484),
	ColorTrack:                             rgb(0x767080),
	ColorOnTrack:                           rgb(0xffffff),
	ColorStripe:                            rgb(0x392336),
	ColorProof:                             rgb(0x1d3325),
	fynetheme.ColorNameForeground:          rgb(0xeeebf1),
	fynetheme.ColorNamePlaceHolder:         rgb(0xaaa4b2),
	fynetheme.ColorNameDisabled:            rgb(0x6f6977),
	fynetheme.ColorNamePrimary:             rgb(0xe091cb),
	fynetheme.ColorNameHyperlink:           rgb(0xe091cb),
	fynetheme.ColorNameForegroundOnPrimary: rgb(0x2c0f26),
	fynetheme.ColorNameFocus:               rgba(0xe091cb, 0x66),
	fynetheme.ColorNameSelection:           rgba(0xe091cb, 0x30),
	fynetheme.ColorNameHover:               rgba(0xffffff, 0x0d),
	fynetheme.ColorNamePressed:             rgba(0xffffff, 0x26),
	fynetheme.ColorNameButton:              rgb(0x332f39),
	fynetheme.ColorNameDisabledButton:      rgb(0x2a2730),
	fynetheme.ColorNameInputBackground:     rgb(0x1b191f),
	fynetheme.ColorNameInputBorder:         rgb(0x87818f),
	fynetheme.ColorNameHeaderBackground:    rgb(0x1e1c22),
	fynetheme.ColorNameMenuBackground:      rgb(0x2a2730),
	fynetheme.ColorNameOverlayBackground:   rgb(0x26232b),
	fynetheme.ColorNameSeparator:           rgb(0x38343e),
	fynetheme.ColorNameShadow:              rgba(0x000000, 0x80),
	fynetheme.ColorNameScrollBar:           rgba(0xcfc8d6, 0x80),
	fynetheme.ColorNameScrollBarBackground: rgba(0xcfc8d6, 0x14),
	fynetheme.ColorNameSuccess:             rgb(0x6fcf97),
	fynetheme.ColorNameWarning:             rgb(0xf0b35a),
	fynetheme.ColorNameError:               rgb(0xff8f85),
	fynetheme.ColorNameForegroundOnSuccess: rgb(0x0b2417),
	fynetheme.ColorNameForegroundOnWarning: rgb(0x2b1a00),
	fynetheme.ColorNameForegroundOnError:   rgb(0x3a0a06),
}
