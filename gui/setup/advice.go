package setup

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/remote"
	"bittoratio/engine/convert"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// advise shows what to do for each kind of tracker that the client's torrents have.
func (d *card) advise() {
	c := d.c
	guide, err := c.Way.Generation.Render(clients.Values{Addr: d.finder.addr})
	made := fmt.Sprint(d.finder.addr, c.Census, c.Way.Generation.Key, c.Way.Remote.Address, c.Pointed, lang.Current(), err)
	if made == d.adviceFor {
		return
	}
	d.adviceFor = made
	d.advice.RemoveAll()
	if err != nil || c.Census.Torrents == 0 {
		return
	}
	var lines []string
	for _, door := range guide.Doors {
		if n := c.Census.By[schemeOf(door)]; n > 0 {
			many := lang.N("%d torrents", n)
			if at := hosts(&c.Census, schemeOf(door), n); at != "" {
				many = lang.L("%s: %s", many, at)
			}
			lines = append(lines, advice(door, many, c.Pointed))
		}
	}
	if n := onWrongPort(&c.Census, d.finder.addr); n > 0 {
		lines = append(lines, lang.N("%d converted torrents lead to another port than BittOratio's and reach no tracker: convert them again.", n))
	}
	d.advice.Add(control.Border(nil, nil, nil, container.NewCenter(d.conversionButtons(guide)), control.NewParagraph(strings.Join(lines, "\n"), theme.Muted)))
	d.advice.Refresh()
}

// onWrongPort returns how many converted torrents lead to another port than this program's.
func onWrongPort(c *find.Census, addr string) (n int) {
	_, own, err := net.SplitHostPort(addr)
	for at, torrents := range c.Gateways {
		if _, port, err2 := net.SplitHostPort(at); err == nil && err2 == nil && port != own {
			n += torrents
		}
	}
	return n
}

func schemeOf(d clients.Door) string { return d.Trackers[:len(d.Trackers)-len("://")] }

// maxHostsNamed is how many trackers of a kind are named.
const maxHostsNamed = 3

// hosts names the trackers of a scheme, those with the most torrents first: "12 × tracker.example". The count is left
// out if one tracker has all n torrents.
func hosts(c *find.Census, scheme string, n int) string {
	var own []find.Tracker
	for _, t := range c.Trackers {
		if t.Scheme == scheme {
			own = append(own, t)
		}
	}
	if len(own) == 1 && own[0].Torrents == n {
		return own[0].Host
	}
	var all []string
	for _, t := range own[:min(len(own), maxHostsNamed)] {
		all = append(all, strconv.Itoa(t.Torrents)+" × "+t.Host)
	}
	if more := len(own) - maxHostsNamed; more > 0 {
		all = append(all, lang.N("and %d more", more))
	}
	return strings.Join(all, ", ")
}

// advice returns what to do for torrents with trackers of this kind; many is their number in words.
func advice(d clients.Door, many string, pointed bool) string {
	switch scheme := schemeOf(d); {
	case scheme == "udp" && d.Door == clients.SOCKS5:
		return lang.L("udp:// (%s): convert them, which costs nothing. Or allow UDP in Settings: the client then uses no µTP while its proxy is set, and no DHT.", many)
	case scheme == "udp":
		return lang.L("udp:// (%s): convert them. Otherwise the client reaches these trackers past BittOratio, with its real numbers.", many)
	case scheme == "https":
		return lang.L("https:// (%s): convert them, which needs no certificate. Or decrypt: list the trackers in Settings > HTTPS trackers, and start the client from there.", many)
	case d.Door == clients.Convert:
		return lang.L("http:// (%s): convert them. This client uses no proxy for trackers.", many)
	case pointed:
		return lang.L("http:// (%s): nothing more to do.", many)
	}
	return lang.L("http:// (%s): the set-up is enough.", many)
}

// schemesToConvert returns the schemes of the trackers whose torrents should be converted.
func schemesToConvert(g clients.Guide) (all []string) {
	for _, d := range g.Doors {
		if schemeOf(d) != "http" || d.Door == clients.Convert {
			all = append(all, schemeOf(d))
		}
	}
	return all
}

// conversionButtons returns the buttons that convert the client's torrents and turn them back: all at once if the
// client runs and can be reached, otherwise one by one.
func (d *card) conversionButtons(g clients.Guide) fyne.CanvasObject {
	c, kinds := d.c, schemesToConvert(g)
	wanted := onWrongPort(&c.Census, d.finder.addr)
	for _, k := range kinds {
		wanted += c.Census.By[k]
	}
	_, reachable := convert.Reach[c.Key]
	row := container.NewHBox()
	switch {
	case reachable && c.Way.Remote.Address != "":
		if wanted > 0 {
			row.Add(control.NewButton(lang.L("Convert its torrents…"), func() { d.convert(remote.Access{}, kinds, false) }).Explained(lang.L("Lists the torrents whose trackers would change. Nothing is changed yet.")))
		}
		if c.Census.Converted > 0 {
			row.Add(control.NewButtonWithIcon(lang.L("Turn %d back…", c.Census.Converted), fynetheme.ContentUndoIcon(), func() { d.convert(remote.Access{}, kinds, true) }).Explained(lang.L("Lists the torrents whose trackers would change. Nothing is changed yet.")))
		}
	case wanted > 0:
		row.Add(control.NewButton(lang.L("Convert a torrent…"), d.finder.toConvert).Explained(lang.L("Goes to where torrents and links are converted.")))
	}
	return row
}

// convert lists the torrents whose trackers would change.
func (d *card) convert(login remote.Access, kinds []string, back bool) {
	if d.busy {
		return
	}
	done := d.showBusy(lang.L("Asking the client for its torrents…"))
	c, addr := *d.c, d.finder.addr
	login.Address = c.Way.Remote.Address
	var all []convert.Listed
	d.finder.desk.Background(func() error {
		r, err := convert.Reach[c.Key](login)
		if err != nil {
			return err
		}
		defer r.Close()
		listed, err := convert.Torrents(d.finder.context(), r, addr, back, kinds...)
		for _, t := range listed {
			if t.Changes > 0 {
				all = append(all, t)
			}
		}
		return err
	}, func(err error) {
		done()
		var no *remote.Error
		switch {
		case errors.As(err, &no) && no.Kind == remote.WrongLogin:
			d.askLogin(no.Client, login, func(login remote.Access) { d.convert(login, kinds, back) })
		case err != nil:
			d.showResult(setUpError(err), theme.Bad)
		case len(all) == 0:
			d.showResult(lang.L("None of its torrents needs a change."), theme.Good)
		default:
			d.offerConversion(all, login, kinds, back)
		}
	})
}

// maxTorrentsNamed is how many of the torrents that would change are shown.
const maxTorrentsNamed = 4

func (d *card) offerConversion(all []convert.Listed, login remote.Access, kinds []string, back bool) {
	rows := container.New(layout.NewCustomPaddedVBoxLayout(2))
	for _, t := range all[:min(len(all), maxTorrentsNamed)] {
		rows.Add(control.NewLine(t.Name, theme.Plain).AtLeast(100))
		for k := range t.Before {
			if t.Before[k] != t.After[k] {
				rows.Add(path(t.Before[k] + " → " + t.After[k]))
			}
		}
	}
	if more := len(all) - maxTorrentsNamed; more > 0 {
		rows.Add(control.NewLine(lang.N("and %d more", more), theme.Muted))
	}
	label, does := lang.N("Convert these %d torrents now", len(all)), lang.L("Gives the chosen torrents trackers that lead through BittOratio.")
	if back {
		label, does = lang.N("Turn these %d torrents back now", len(all)), lang.L("Gives these torrents their own trackers again.")
	}
	yes := control.NewButton(label, func() { d.retrack(all, login, kinds, back) }).Explained(does)
	yes.Importance = widget.HighImportance
	d.clearBelow()
	d.below.Add(control.NewParagraph(lang.L("The client gets other addresses for these trackers, while it runs. The torrents stay where they are, and it can be undone:"), theme.Muted))
	d.below.Add(control.NewWell(rows))
	d.below.Add(container.NewHBox(layout.NewSpacer(), control.NewButton(lang.L("Cancel"), d.clearBelow).Explained(lang.L("Leaves everything as it is.")), yes))
	d.below.Refresh()
	control.Reveal(d.below)
}

// retrack changes the trackers of the torrents as the list shows.
func (d *card) retrack(all []convert.Listed, login remote.Access, kinds []string, back bool) {
	done := d.showBusy(lang.L("Changing the trackers of its torrents…"))
	hashes := make([]bittorrent.InfoHash, len(all))
	for i, t := range all {
		hashes[i] = t.InfoHash
	}
	c, addr := *d.c, d.finder.addr
	changed := 0
	began := d.finder.desk.Now()
	d.finder.desk.Background(func() error {
		r, err := convert.Reach[c.Key](login)
		if err != nil {
			return err
		}
		defer r.Close()
		changed, err = convert.Retrack(d.finder.context(), r, addr, back, hashes, kinds...)
		return err
	}, func(err error) {
		done()
		switch {
		case err != nil:
			d.showResult(setUpError(err), theme.Bad) // some may be changed
		case back:
			d.showResult(lang.N("%d torrents have their own trackers again.", changed), theme.Plain)
			if !c.Pointed { // otherwise its other torrents still announce here
				d.forgetAnnounces()
			}
		default:
			d.showResult(lang.N("%d torrents now reach their trackers through BittOratio. Turn them back before you stop using it.", changed), theme.Plain)
			d.below.Add(container.NewHBox(control.NewButtonWithIcon(lang.L("Undo"), fynetheme.ContentUndoIcon(), func() { d.retrack(all, login, kinds, true) }).Explained(lang.L("Gives these torrents their own trackers again."))))
			d.lasting = true
			d.startWait(began)
			control.Reveal(d.below)
		}
		d.finder.search()
	})
}
