package setup

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// chooser converts torrents of a running client. It lists them with their trackers before and after, and changes those
// that the user chooses.
type chooser struct {
	desk       *desk.Desk
	client     clients.Client
	addr       string // the engine's address
	torrents   []convert.Listed
	chosen     map[bittorrent.InfoHash]bool
	listedFrom func() (convert.Client, error) // which listed them, whatever is typed since
	requests   int                            // counts lists, so that one that was given up is not shown
	busy       bool                           // the chosen ones are being changed

	suggested         string // the address that the program put into host
	host, user        *control.Entry
	password          *control.Entry
	turnBack          *control.Check
	list              *control.List
	frame             fyne.CanvasObject
	listTorrents, all *control.Button
	convert           *control.Button
	result            *fyne.Container
	content           fyne.CanvasObject
}

func newChooser(d *desk.Desk, client clients.Client) *chooser {
	r := &chooser{desk: d, client: client, chosen: map[bittorrent.InfoHash]bool{}, result: container.NewVBox()}
	r.host, r.user, r.password = control.NewEntry(), control.NewEntry(), control.NewEntry()
	r.suggested = net.JoinHostPort("127.0.0.1", strconv.Itoa(client.Remote.Usual))
	r.host.SetText(r.suggested)
	r.user.SetText(client.Remote.Name)
	r.host.Tip = lang.L("The address of the client's web page or remote access.")
	r.user.Tip, r.password.Tip = lang.L("The user name of the client's web page or remote access."), lang.L("The password of the client's web page or remote access. It is never saved.")
	r.user.SetPlaceHolder(lang.L("user, if it asks"))
	r.password.SetPlaceHolder(lang.L("password"))
	r.password.Password = true
	r.listTorrents = control.NewButton(lang.L("List its torrents"), r.ask).Explained(lang.L("Asks the running client for its torrents. Nothing is changed yet."))
	r.turnBack = control.NewCheck(lang.L("Turn converted ones back"), func(bool) { r.clear() }).Explained(lang.L("Lists converted torrents, to give them their own trackers again."))
	r.list = control.NewList(func() int { return len(r.torrents) }, newTorrentRow, r.fill)
	r.list.HideSeparators = true
	r.list.Name = lang.L("Torrents")
	r.all = control.NewButton(lang.L("Choose all"), r.chooseAll).Explained(lang.L("Chooses all torrents of the list."))
	r.convert = control.NewButton(lang.L("Convert"), r.change).Explained(lang.L("Gives the chosen torrents trackers that lead through BittOratio."))
	r.convert.Importance = widget.HighImportance
	tall := canvas.NewRectangle(nil)
	tall.SetMinSize(fyne.NewSize(100, 240))
	r.frame = container.NewVBox(control.NewFrame(container.NewStack(tall, r.list)), container.NewHBox(layout.NewSpacer(), r.all, r.convert))
	access := control.Border(nil, nil, control.Fixed(r.host, 170), r.listTorrents, container.NewGridWithColumns(2, r.user, r.password))
	r.content = control.NewCard(container.NewVBox(
		heading(lang.L("Choose torrents of a running %s", client.Name)),
		control.NewParagraph(lang.L("%s can give its torrents other trackers while it runs, through its remote access or web page. You see each change before it is made, and can turn it back.", client.Name), theme.Muted),
		access, r.turnBack, r.result, r.frame,
	))
	r.frame.Hide()
	return r
}

// reach returns the client at the host and port that the user typed or pasted.
func (r *chooser) reach() func() (convert.Client, error) {
	access := remote.Access{Address: addressOf(r.host.Text, r.client.Remote.Usual), User: r.user.Text, Password: r.password.Text}
	return func() (convert.Client, error) { return convert.Reach[r.client.Key](access) }
}

// addressOf returns the address that the user typed or pasted, perhaps from a browser:
// http://127.0.0.1:9091/transmission/web/. A missing port becomes the usual one, or that of https.
func addressOf(typed string, usual int) string {
	scheme, host := bittorrent.Authority(typed)
	if host == "" {
		return ""
	}
	_, path, _ := strings.Cut(strings.TrimSpace(typed), host)
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	path = strings.TrimRight(path, "/")
	if scheme == "https" {
		usual = 443
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(usual))
	}
	switch {
	case path == "" && (scheme == "" || scheme == "http"):
		return host
	case scheme == "":
		scheme = "http"
	}
	return scheme + "://" + host + path
}

// suggest shows the address and user name of a client that runs, as its settings file has them, unless the user typed
// another.
func (r *chooser) suggest(address, user string) {
	if r.host.Text != r.suggested || address == "" || address == r.suggested {
		return
	}
	r.suggested = address
	r.host.SetText(address)
	if user != "" && r.user.Text == r.client.Remote.Name {
		r.user.SetText(user)
	}
}

// clear removes the list.
func (r *chooser) clear() {
	r.requests++
	r.torrents, r.chosen = nil, map[bittorrent.InfoHash]bool{}
	control.SetVisible(r.frame, false)
	r.result.RemoveAll()
	r.content.Refresh()
}

// ask lists the torrents that would change.
func (r *chooser) ask() {
	r.clear()
	r.listTorrents.Disable()
	reach, addr, back, asked := r.reach(), r.addr, r.turnBack.Checked, r.requests
	var all []convert.Listed
	r.desk.Background(func() (err error) {
		c, err := reach()
		if err != nil {
			return err
		}
		defer c.Close()
		all, err = convert.Torrents(context.Background(), c, addr, back)
		return err
	}, func(err error) {
		r.listTorrents.Enable()
		if asked != r.requests {
			return // the user wants the other kind meanwhile
		}
		if r.listedFrom = reach; err != nil {
			r.showResult(remoteError(r.client.Name, err), theme.Bad)
			return
		}
		for _, t := range all {
			if t.Changes > 0 {
				r.torrents = append(r.torrents, t)
			}
		}
		if len(r.torrents) == 0 {
			r.showResult(lang.N("None of its %d torrents needs a change.", len(all)), theme.Good)
			return
		}
		r.show()
	})
}

// show fills the list and shows how many torrents are chosen.
func (r *chooser) show() {
	control.SetVisible(r.frame, true)
	r.list.Refresh()
	r.count()
	r.content.Refresh()
	control.Reveal(r.frame)
}

func (r *chooser) count() {
	r.convert.SetText(lang.N("Convert %d torrents", len(r.chosen)))
	if r.turnBack.Checked {
		r.convert.SetText(lang.N("Turn %d torrents back", len(r.chosen)))
	}
	if len(r.chosen) == 0 || r.busy {
		r.convert.Disable()
	} else {
		r.convert.Enable()
	}
}

func (r *chooser) chooseAll() {
	for _, t := range r.torrents {
		r.chosen[t.InfoHash] = true
	}
	r.show()
}

// torrentRow is one torrent: its name, and its first tracker that changes, before and after.
type torrentRow struct {
	widget.BaseWidget
	check         *control.Check
	before, after *control.Line
}

func newTorrentRow() fyne.CanvasObject {
	small := func() *control.Line {
		return control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).Styled(fyne.TextStyle{Monospace: true}).AtLeast(100)
	}
	row := &torrentRow{check: control.NewCheck("", nil).Explained(lang.L("Chooses this torrent.")), before: small(), after: small()}
	row.ExtendBaseWidget(row)
	return row
}

// CreateRenderer is part of fyne.Widget.
func (t *torrentRow) CreateRenderer() fyne.WidgetRenderer {
	under := container.New(layout.NewCustomPaddedLayout(0, 4, 36, 8), container.New(layout.NewCustomPaddedVBoxLayout(2), t.before, t.after))
	return widget.NewSimpleRenderer(container.New(layout.NewCustomPaddedVBoxLayout(0), t.check, under))
}

func (r *chooser) fill(i widget.ListItemID, o fyne.CanvasObject) {
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

// change changes the trackers of the chosen torrents.
func (r *chooser) change() {
	var chosen []bittorrent.InfoHash
	for _, t := range r.torrents {
		if r.chosen[t.InfoHash] {
			chosen = append(chosen, t.InfoHash)
		}
	}
	reach, addr, back := r.listedFrom, r.addr, r.turnBack.Checked
	r.setBusy(true)
	changed := 0
	r.desk.Background(func() (err error) {
		c, err := reach()
		if err != nil {
			return err
		}
		defer c.Close()
		changed, err = convert.Retrack(context.Background(), c, addr, back, chosen)
		return err
	}, func(err error) {
		r.setBusy(false)
		r.clear()
		switch {
		case err != nil:
			r.showResult(remoteError(r.client.Name, err), theme.Bad)
		case back:
			r.showResult(lang.N("Done: %d torrents have their own trackers again.", changed), theme.Good)
		default:
			r.showResult(lang.N("Done: %d torrents now announce through BittOratio. Turn them back before you stop using it.", changed), theme.Good)
		}
	})
}

// setBusy keeps the user from other lists and another change until the change is made.
func (r *chooser) setBusy(busy bool) {
	r.busy = busy
	for _, w := range []fyne.Disableable{r.listTorrents, r.turnBack, r.all} {
		if busy {
			w.Disable()
		} else {
			w.Enable()
		}
	}
	r.count()
}

func (r *chooser) showResult(what string, tone theme.Tone) {
	r.result.Objects = []fyne.CanvasObject{control.NewParagraph(what, tone)}
	r.content.Refresh()
	control.Reveal(r.result)
}

// remoteError returns why a running client could not be reached, with what to do next.
func remoteError(client string, err error) string {
	var no *remote.Error
	if !errors.As(err, &no) {
		return lang.L("Not done: %s.", text.Cause(err))
	}
	switch no.Kind {
	case remote.BadAddress:
		return lang.L("The address must be host and port, as in 127.0.0.1:9091.")
	case remote.NotHere:
		return lang.L("No %s answers at that address on this computer. Start it, and allow remote access or its web page in its preferences.", client)
	case remote.WrongLogin:
		return lang.L("%s wants another user name or password: those of its web page or remote access.", client)
	case remote.Refused:
		return lang.L("%s does not let this computer in: its preferences must allow 127.0.0.1, and after too many wrong passwords it waits.", client)
	case remote.NotSpeaking:
		return lang.L("What answers there is no %s, or a very old one.", client)
	case remote.NotTaken:
		return lang.L("%s did not take all trackers. Look again for those that are left.", client)
	default:
		return lang.L("Not done: %s.", text.Cause(err))
	}
}
