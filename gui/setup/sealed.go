package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// newSealed returns the card that replaces the page in a demonstration.
func newSealed() fyne.CanvasObject {
	return control.Middle(control.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(8),
		control.NewLine(lang.L("Set up your client"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}),
		control.NewParagraph(lang.L("BittOratio finds the clients on this computer, with their versions. Each has one button, and turns green with its first announce."), theme.Plain),
		control.NewParagraph(lang.L("A demonstration changes no client: it has clients of its own. End it, and open this page in BittOratio itself."), theme.Strong),
	)), control.CardWidth)
}
