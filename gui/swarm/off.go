package swarm

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/settings"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// newOff returns the card that replaces the page until the user switches the swarm on. It explains what the page is
// for, and what the swarm shows to strangers.
func (p *Page) newOff() fyne.CanvasObject {
	title := control.NewLine(lang.L("Ask the swarm"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true})
	on := control.NewButton(lang.L("Switch on"), func() { p.switchSwarm(true) }).Explained(lang.L("Lets this page ask the DHT and peers."))
	on.Importance = widget.HighImportance
	button := fyne.CanvasObject(container.NewHBox(on))
	if p.options.Sealed {
		button = control.NewParagraph(lang.L("A demonstration asks nobody: nothing leaves this computer."), theme.Strong)
	}
	card := control.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(8),
		title,
		control.NewParagraph(lang.L("Paste a magnet link and see its name, its files and who has it. Save it as a .torrent, or find out why your client finds nobody."), theme.Plain),
		control.NewParagraph(lang.L("Each look-up shows strangers this computer's address and the hash you look up. BittOratio shares no content, never looks up private torrents, and sends nothing while this is off or idle."), theme.Muted),
		button,
	))
	return control.Middle(card, control.CardWidth)
}

// switchSwarm switches the swarm on or off.
func (p *Page) switchSwarm(on bool) {
	p.options.Desk.Background(func() error {
		return p.options.Engine.Change(func(s *settings.Settings) { s.Swarm.Enabled = on })
	}, func(err error) {
		if err != nil {
			p.inform(lang.L("The setting could not be saved"), err)
		}
	})
}
