package setup

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients/transmission"
	"bittoratio/engine/convert"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// remote converts torrents of a running Transmission: it lists them with their trackers as they are and as they would
// be, and gives the chosen ones those.
type remote struct {
	desk     *desk.Desk
	addr     string // where the engine listens
	torrents []convert.Listed
	chosen   map[bittorrent.InfoHash]bool

	host, user *control.Entry
	password   *control.Entry
	back       *control.Check
	list       *control.List
	frame      fyne.CanvasObject
	look, all  *control.Button
	do         *control.Button
	said       *fyne.Container
	content    fyne.CanvasObject
}

func newRemote(d *desk.Desk) *remote {
	r := &remote{desk: d, chosen: map[bittorrent.InfoHash]bool{}, said: container.NewVBox()}
	r.host, r.user, r.password = control.NewEntry(), control.NewEntry(), control.NewEntry()
	r.host.SetText("127.0.0.1:9091")
	r.user.SetPlaceHolder(lang.L("user, if it asks"))
	r.password.SetPlaceHolder(lang.L("password"))
	r.password.Password = true
	r.look = control.NewButton(lang.L("List its torrents"), r.ask)
	r.back = control.NewCheck(lang.L("Turn converted ones back"), func(bool) { r.clear() })
	r.list = control.NewList(func() int { return len(r.torrents) }, newTorrentRow, r.fill)
	r.list.HideSeparators = true
	r.list.Name = lang.L("Torrents")
	r.all = control.NewButton(lang.L("Choose all"), r.chooseAll)
	r.do = control.NewButton(lang.L("Convert"), r.change)
	r.do.Importance = widget.HighImportance
	tall := canvas.NewRectangle(nil)
	tall.SetMinSize(fyne.NewSize(100, 240))
	r.frame = container.NewVBox(control.NewFrame(container.NewStack(tall, r.list)), container.NewHBox(layout.NewSpacer(), r.all, r.do))
	access := control.Border(nil, nil, control.Fixed(r.host, 170), r.look, container.NewGridWithColumns(2, r.user, r.password))
	r.content = control.NewCard(container.NewVBox(
		heading(lang.L("Convert torrents of a running Transmission")),
		control.NewParagraph(lang.L("BittOratio can change the trackers of torrents in a running Transmission, through its remote access (Preferences > Remote). You see each change first, and can undo it."), theme.Muted),
		access, r.back, r.said, r.frame,
	))
	r.frame.Hide()
	return r
}

func (r *remote) access() transmission.Access {
	return transmission.Access{Address: strings.TrimSpace(r.host.Text), User: r.user.Text, Password: r.password.Text}
}

// clear forgets the list.
func (r *remote) clear() {
	r.torrents, r.chosen = nil, map[bittorrent.InfoHash]bool{}
	r.frame.Hide()
	r.said.RemoveAll()
	r.content.Refresh()
}

// ask lists the torrents that would change.
func (r *remote) ask() {
	r.clear()
	r.look.Disable()
	access, addr, back := r.access(), r.addr, r.back.Checked
	var all []convert.Listed
	r.desk.Background(func() (err error) {
		all, err = convert.Transmission(context.Background(), access, addr, back)
		return err
	}, func(err error) {
		r.look.Enable()
		if err != nil {
			r.tell(unreached(err), theme.Bad)
			return
		}
		for _, t := range all {
			if t.Changes > 0 {
				r.torrents = append(r.torrents, t)
			}
		}
		if len(r.torrents) == 0 {
			r.tell(lang.N("None of its %d torrents needs a change.", len(all)), theme.Good)
			return
		}
		r.show()
	})
}

// show fills the list and says how many are chosen.
func (r *remote) show() {
	r.frame.Show()
	r.list.Refresh()
	r.count()
	r.content.Refresh()
}

func (r *remote) count() {
	r.do.SetText(lang.N("Convert %d torrents", len(r.chosen)))
	if r.back.Checked {
		r.do.SetText(lang.N("Turn %d torrents back", len(r.chosen)))
	}
	if len(r.chosen) == 0 {
		r.do.Disable()
	} else {
		r.do.Enable()
	}
}

func (r *remote) chooseAll() {
	for _, t := range r.torrents {
		r.chosen[t.InfoHash] = true
	}
	r.show()
}

// torrentRow is one torrent: its name, and its first tracker that changes before and after.
type torrentRow struct {
	widget.BaseWidget
	check         *control.Check
	before, after *control.Line
}

func newTorrentRow() fyne.CanvasObject {
	small := func() *control.Line {
		return control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).Styled(fyne.TextStyle{Monospace: true}).AtLeast(100)
	}
	row := &torrentRow{check: control.NewCheck("", nil), before: small(), after: small()}
	row.ExtendBaseWidget(row)
	return row
}

// CreateRenderer is part of fyne.Widget.
func (t *torrentRow) CreateRenderer() fyne.WidgetRenderer {
	under := container.New(layout.NewCustomPaddedLayout(0, 4, 36, 8), container.New(layout.NewCustomPaddedVBoxLayout(2), t.before, t.after))
	return widget.NewSimpleRenderer(container.New(layout.NewCustomPaddedVBoxLayout(0), t.check, under))
}

func (r *remote) fill(i widget.ListItemID, o fyne.CanvasObject) {
	row, ok := o.(*torrentRow)
	if !ok || i >= len(r.torrents) {
		return
	}
	t := r.torrents[i]
	row.check.OnChanged = nil
	row.check.SetText(t.Name)
	row.check.SetChecked(r.chosen[t.InfoHash])
	row.check.OnChanged = func(on bool) {
		delete(r.chosen, t.InfoHash)
		if on {
			r.chosen[t.InfoHash] = true
		}
		r.count()
	}
	for k := range t.Before {
		if t.Before[k] != t.After[k] {
			row.before.Set(t.Before[k], theme.Muted)
			after := "→ " + t.After[k]
			if t.Changes > 1 {
				after += "  " + lang.N("and %d more", t.Changes-1)
			}
			row.after.Set(after, theme.Plain)
			break
		}
	}
}

// change gives the chosen torrents their other trackers.
func (r *remote) change() {
	var chosen []bittorrent.InfoHash
	for _, t := range r.torrents {
		if r.chosen[t.InfoHash] {
			chosen = append(chosen, t.InfoHash)
		}
	}
	access, addr, back := r.access(), r.addr, r.back.Checked
	r.do.Disable()
	changed := 0
	r.desk.Background(func() (err error) {
		changed, err = convert.Retrack(context.Background(), access, addr, back, chosen)
		return err
	}, func(err error) {
		r.clear()
		switch {
		case err != nil:
			r.tell(unreached(err), theme.Bad)
		case back:
			r.tell(lang.N("Done: %d torrents have their own trackers again.", changed), theme.Good)
		default:
			r.tell(lang.N("Done: %d torrents now announce through BittOratio. Turn them back before you stop using it.", changed), theme.Good)
		}
	})
}

func (r *remote) tell(what string, tone theme.Tone) {
	r.said.Objects = []fyne.CanvasObject{control.NewParagraph(what, tone)}
	r.content.Refresh()
}

// unreached says why a running Transmission could not be asked, with the next step.
func unreached(err error) string {
	var no *transmission.Error
	if !errors.As(err, &no) {
		return lang.L("Not done: %s.", err.Error())
	}
	switch no.Kind {
	case transmission.BadAddress:
		return lang.L("The address must be host and port, as in 127.0.0.1:9091.")
	case transmission.NotHere:
		return lang.L("No Transmission answers at that address on this computer. Start it, and allow remote access in its preferences.")
	case transmission.WrongLogin:
		return lang.L("Transmission wants another user name and password: those of its preferences, under Remote.")
	case transmission.Refused:
		return lang.L("Transmission refuses this computer. Add 127.0.0.1 to the allowed addresses in its preferences, under Remote.")
	case transmission.NotSpeaking:
		return lang.L("Transmission 1.80 or later doesn't answer there.")
	default:
		return lang.L("Not done: %s.", err.Error())
	}
}
