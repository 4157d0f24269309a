package swarm

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/swarmview"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// detail is a card with all that is known about one search.
type detail struct {
	page  *Page
	shown *swarmview.Search // the search that is shown

	name, hash, about, note *control.Line
	save, gateway           *control.Button
	stop, again, further    *control.Button
	copy                    *control.Copy
	views                   *control.Choice // the files, or the peers and trackers
	saveButtons             *fyne.Container
	searchButtons           *fyne.Container
	progress                *progress
	files                   *files
	peerList                *peerList
	showsPeers              bool // peers and trackers are shown instead of the files
	body                    *fyne.Container
	content                 *control.Card
}

func newDetail(p *Page) *detail {
	d := &detail{
		page:  p,
		name:  control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameSubHeadingText).Styled(fyne.TextStyle{Bold: true}).AtLeast(120),
		hash:  control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).Styled(fyne.TextStyle{Monospace: true}).AtLeast(120),
		about: control.NewLine("", theme.Plain).AtLeast(120),
		note:  control.NewLine("", theme.Warn).AtLeast(120),
	}
	d.save = control.NewButtonWithIcon(lang.L("Save .torrent…"), fynetheme.DocumentSaveIcon(), func() { d.onSave(false) }).Explained(lang.L("Saves the torrent as a file that your client can open."))
	d.save.Importance = widget.HighImportance
	d.gateway = control.NewButton(lang.L("Save with gateway addresses…"), func() { d.onSave(true) }).Explained(lang.L("Saves a .torrent whose trackers lead through BittOratio."))
	d.stop = control.NewButtonWithIcon(lang.L("Stop"), fynetheme.MediaStopIcon(), func() { p.options.Swarm.Stop(p.chosen) }).Explained(lang.L("Ends this look-up. What it found stays."))
	d.again = control.NewButtonWithIcon(lang.L("Try again"), fynetheme.ViewRefreshIcon(), func() { d.onAgain(false) }).Explained(lang.L("Looks it up once more."))
	d.further = control.NewButton(lang.L("Look further"), func() { d.onAgain(true) }).Explained(lang.L("Looks it up once more, for longer."))
	d.copy = control.NewCopy(lang.L("Copy magnet"), func() string {
		link, _ := p.options.Swarm.Magnet(p.chosen, false) // a search that no longer exists has no link
		return link
	}, p.options.Desk.Now)
	d.copy.Tip = lang.L("Copies a magnet link to this torrent.")
	remove := control.NewButtonWithIcon("", fynetheme.CancelIcon(), func() { p.options.Swarm.Drop(p.chosen) })
	remove.Name = lang.L("Remove from the list")
	d.copy.Importance, remove.Importance = widget.LowImportance, widget.LowImportance
	d.views = control.NewChoice([]string{lang.L("Files"), lang.L("Who is there")}, func(i int) {
		d.showsPeers = i == 1
		d.arrange()
	})
	d.views.Explained(lang.L("Shows the files of the torrent."), lang.L("Shows the peers that were found.")).Set(0)
	d.progress, d.files, d.peerList = newProgress(), newFiles(), newPeerList()
	d.saveButtons = container.NewHBox(d.save, d.gateway)
	d.searchButtons = container.NewHBox(d.stop, d.again, d.further)
	head := control.Border(nil, nil, nil, remove, d.name)
	tools := container.NewHBox(d.views.Content, d.searchButtons, layout.NewSpacer(), d.copy)
	top := container.NewVBox(head, d.hash, d.about, d.note, d.saveButtons, tools)
	d.body = container.NewStack(d.progress.content, d.files.content, d.peerList.content)
	d.content = control.NewCard(control.Border(top, nil, nil, nil, d.body))
	return d
}

// show shows a search; nil for none. It does not redraw what did not change.
func (d *detail) show(s *swarmview.Search, now time.Time) {
	d.copy.Settle(now)
	if s == nil {
		d.shown = nil
		d.files.show(nil) // a hidden card must not keep thousands of them
		return
	}
	if s == d.shown {
		return
	}
	other := d.shown == nil || d.shown.ID != s.ID
	d.shown = s
	name := s.Name
	if name == "" {
		name = lang.L("Its name isn't known yet")
	}
	d.name.Set(name, theme.Plain)
	d.hash.Set(s.Hash, theme.Muted)
	if s.Known {
		d.about.Set(about(s), theme.Plain)
	}
	note, tone := noteOf(s)
	d.note.Set(note, tone)
	if other {
		d.showsPeers = false
		d.views.Set(0)
	}
	d.progress.show(s)
	d.files.show(s)
	d.peerList.show(s)
	d.arrange()
}

// arrange shows the parts that belong to the state of the search, and hides the others.
func (d *detail) arrange() {
	s := d.shown
	if s == nil {
		return // nothing is visible
	}
	looking := s.State == swarmview.Looking
	setEnabled(d.save, s.Bytes > 0)
	setEnabled(d.gateway, s.Bytes > 0)
	for _, v := range []struct {
		o       fyne.CanvasObject
		visible bool
	}{
		{d.about, s.Known},
		{d.note, d.note.Text() != ""},
		{d.saveButtons, s.Known},
		{d.searchButtons, !s.Known},
		{d.views.Content, s.Known},
		{d.stop, looking},
		{d.again, !looking},
		{d.further, !looking && s.End != swarmview.EndPrivate && s.End != swarmview.EndBroken},
		{d.progress.content, !s.Known},
		{d.files.content, s.Known && !d.showsPeers},
		{d.peerList.content, s.Known && d.showsPeers},
	} {
		control.SetVisible(v.o, v.visible)
	}
	d.content.Refresh()
}

func setEnabled(b *control.Button, on bool) {
	switch {
	case on == !b.Disabled():
	case on:
		b.Enable()
	default:
		b.Disable()
	}
}

// noteOf returns a remark on a search, shown beside its numbers; "" if there is none.
func noteOf(s *swarmview.Search) (string, theme.Tone) {
	switch {
	case s.Known && s.Private && s.End != swarmview.EndPrivate:
		return lang.L("It is private: the search ended at once, and the peers are forgotten."), theme.Warn
	case s.Known && s.Private:
		return lang.L("It is private: only its own trackers were asked"), theme.Muted
	case s.NoLayers:
		return lang.L("No peer sent the hashes of its pieces: it can't be saved now."), theme.Warn
	default:
		return "", theme.Muted
	}
}

func (d *detail) onAgain(further bool) {
	p := d.page
	id, link := p.chosen, ""
	p.options.Desk.Background(func() (err error) {
		if err = p.options.Swarm.LookAgain(id, further); kindOf(err) == swarmview.LooksPrivate {
			if whole, gone := p.options.Swarm.Magnet(id, false); gone == nil {
				link = whole
			}
		}
		return err
	}, func(err error) {
		switch {
		case err == nil:
		case link != "":
			p.confirm(swarmview.Request{Link: link, Further: further}, func() {})
		default:
			p.showError(errorText(err))
		}
	})
}

// onSave saves a .torrent in a folder that the user chooses, under a name that no file has yet.
func (d *detail) onSave(gateway bool) {
	p := d.page
	id := p.chosen
	p.options.Desk.Folder(func(folder string) {
		var file string
		p.options.Desk.Background(func() (err error) {
			file, err = p.options.Swarm.Save(id, folder, gateway)
			return err
		}, func(err error) {
			switch {
			case err != nil:
				p.inform(lang.L("Not saved"), err)
			case gateway:
				p.options.Desk.Inform(lang.L("Saved"), lang.L("%s is written. Its trackers are reached through BittOratio: open it in your client.", file))
			default:
				p.options.Desk.Inform(lang.L("Saved"), lang.L("%s is written. Open it in your client.", file))
			}
		})
	})
}

// progress shows how far a search is, and how it ended if nothing was found.
type progress struct {
	what    *control.Line
	next    *control.Paragraph
	why     *fyne.Container
	facts   [4]*control.Line
	bar     *control.Meter // how much of the description has come
	content *fyne.Container
}

// factWidth is the width of the longest name of a fact.
const factWidth = 104

func newProgress() *progress {
	p := &progress{what: control.NewLine("", theme.Warn).Styled(fyne.TextStyle{Bold: true}).AtLeast(120), next: control.NewText("", theme.Plain)}
	p.why = container.New(layout.NewCustomPaddedVBoxLayout(-6), p.what, p.next.Content)
	rows := container.New(layout.NewCustomPaddedVBoxLayout(6))
	for i, f := range facts(&swarmview.Search{}) {
		p.facts[i] = control.NewLine("", theme.Plain).AtLeast(120)
		rows.Add(control.Border(nil, nil, control.Fixed(control.NewLine(f[0], theme.Muted), factWidth), nil, p.facts[i]))
	}
	p.bar = control.NewMeter()
	p.bar.Hide()
	p.content = container.NewVBox(p.why, control.NewWell(rows), p.bar)
	return p
}

func (p *progress) show(s *swarmview.Search) {
	for i, f := range facts(s) {
		p.facts[i].Set(f[1], theme.Plain)
	}
	if of := s.Progress.Of; of > 0 {
		p.bar.Set(float32(s.Progress.Pieces) / float32(of))
	}
	control.SetVisible(p.bar, s.Progress.Of > 0 && s.State == swarmview.Looking)
	control.SetVisible(p.why, s.State == swarmview.Ended && !s.Known)
	if p.why.Visible() {
		what, next := reason(s)
		p.what.Set(what, theme.Warn)
		p.next.Set(next, theme.Plain)
	}
}
