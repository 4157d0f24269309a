// Package assets embeds the texts and pictures of the program, and the licences of the work of others that it contains.
// The pictures were drawn for this program: oratio is Latin for speech, so the icon is a speech bubble with a short
// bar, what was uploaded, and a tall one, what was reported.
package assets

import "embed"

// Languages are the catalogues of package gui/lang: lang/en.json, lang/fr.json, and the toolkit's own words.
//
//go:embed lang/*.json
var Languages embed.FS

// Icon is the program's icon, an SVG.
//
//go:embed icon.svg
var Icon []byte

// The icons of the tray, SVGs. They differ in shape as well as in colour, and read at 16 px on light and dark panels.
var (
	//go:embed tray-on.svg
	TrayOn []byte // a full bubble with both bars
	//go:embed tray-off.svg
	TrayOff []byte // an empty bubble
	//go:embed tray-attention.svg
	TrayAttention []byte // a clock: something is late, unreachable or not allowed
	//go:embed tray-trouble.svg
	TrayTrouble []byte // a warning sign: something is refused or broken
)

// Licences names whose work is inside the program, and under which terms. packaging/tools/licences writes it.
//
//go:embed licences.txt
var Licences string
