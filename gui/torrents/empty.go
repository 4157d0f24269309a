package torrents

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/assets"
	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// empty replaces an empty table, and shows what to do next.
type empty struct {
	title, line *control.Line
	on, setUp   *control.Button
	content     fyne.CanvasObject
}

func newEmpty(switchOn, setUp func()) *empty {
	e := &empty{
		title: control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter),
		line:  control.NewLine("", theme.Muted).Aligned(fyne.TextAlignCenter).AtLeast(200),
		on:    control.NewButton(lang.L("Switch on"), switchOn),
		setUp: control.NewButton(lang.L("How to point my client here"), setUp),
	}
	e.on.Tip = lang.L("Switches BittOratio on. While it is off, clients that point here reach no tracker.")
	e.setUp.Tip = lang.L("How your client comes to announce through BittOratio.")
	e.on.Importance = widget.HighImportance
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(76))
	buttons := container.NewHBox(layout.NewSpacer(), e.on, e.setUp, layout.NewSpacer())
	words := container.New(layout.NewCustomPaddedLayout(10, 10, 0, 0), container.NewVBox(e.title, e.line))
	e.content = container.NewVBox(layout.NewSpacer(), icon, words, buttons, layout.NewSpacer(), layout.NewSpacer())
	return e
}

// show shows what to do next if there are no torrents.
func (e *empty) show(snap *engine.Snapshot) {
	control.SetVisible(e.content, len(snap.Torrents) == 0)
	if len(snap.Torrents) > 0 {
		return
	}
	if snap.State == engine.Off {
		e.title.Set(lang.L("No torrents yet"), theme.Plain)
		e.line.Set(lang.L("Switch BittOratio on, then connect your BitTorrent client on the Set-up page."), theme.Muted)
	} else {
		e.title.Set(lang.L("Waiting for the first announce"), theme.Plain)
		e.line.Set(lang.L("Set %s as your client's proxy. A torrent appears with its next announce.", snap.Addr), theme.Muted)
	}
	control.SetVisible(e.on, snap.State == engine.Off)
	weight := widget.MediumImportance
	if snap.State != engine.Off {
		weight = widget.HighImportance
	}
	if e.setUp.Importance != weight {
		e.setUp.Importance = weight
		e.setUp.Refresh()
	}
}

// newNoMatch returns the text over a table without a row that matches the filter, with a button that calls showAll.
func newNoMatch(showAll func()) fyne.CanvasObject {
	title := control.NewLine(lang.L("Nothing fits this filter"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter)
	all := control.NewButton(lang.L("Show all"), showAll).Explained(lang.L("Takes the filter away."))
	none := container.NewVBox(layout.NewSpacer(), title, container.NewHBox(layout.NewSpacer(), all, layout.NewSpacer()), layout.NewSpacer(), layout.NewSpacer())
	none.Hide()
	return none
}
