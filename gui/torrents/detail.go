//go:build !nogui

package torrents

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// detail is a card with what a row has no room for.
type detail struct {
	hash, who, figures, answer *control.Line
	copy                       *control.Copy
	content                    *control.Card
}

func newDetail(now func() time.Time, closed func()) *detail {
	d := &detail{
		hash:    control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Monospace: true, Bold: true}).AtLeast(120),
		who:     control.NewLine("", theme.Muted).AtLeast(120),
		figures: control.NewLine("", theme.Plain).AtLeast(120),
		answer:  control.NewLine("", theme.Plain).AtLeast(120),
	}
	d.copy = control.NewCopy(lang.L("Copy hash"), func() string { return d.hash.Text() }, now)
	d.copy.Importance = widget.LowImportance
	shut := widget.NewButtonWithIcon("", fynetheme.CancelIcon(), closed)
	shut.Importance = widget.LowImportance
	lines := container.NewVBox(d.hash, d.who, d.figures, d.answer)
	buttons := container.NewVBox(container.NewHBox(d.copy, shut))
	d.content = control.NewCard(control.Border(nil, nil, nil, buttons, lines))
	d.content.Hide()
	return d
}

func (d *detail) show(t *engine.Torrent, now time.Time) {
	control.SetVisible(d.content, t != nil)
	d.copy.Settle(now)
	if t == nil {
		return
	}
	d.hash.Set(t.InfoHash.String(), theme.Plain)
	d.who.Set(lang.L("%s, %s, first seen %s", t.Client, t.Tracker, text.Ago(t.First, now)), theme.Muted)
	d.figures.Set(lang.L("The client says %s, the tracker was told %s: %s added, now at %s", text.Bytes(t.Seen), text.Bytes(t.Reported), text.Bytes(t.Credit()), text.Times(t.Factor)), theme.Plain)
	answer, tone := answerOf(t)
	d.answer.Set(answer, tone)
}
