package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// hostLists has the listed hosts with the result for each client, and the hosts that clients connected to.
type hostLists struct {
	section *httpsSection
	listed  *control.Rows[listedKey]
	seen    *control.Rows[string] // by host
	more    *control.Line         // the number of hosts that are not shown
	moreRow fyne.CanvasObject
	hint    fyne.CanvasObject
	content *fyne.Container
}

// listedKey identifies a row: a listed host, or why a client is not decrypted there.
type listedKey struct {
	host, client string // no client if the tracker itself is the reason
	why          exchange.RejectReason
}

// refusalKey returns the key of the row about a refusal.
func refusalKey(host string, v exchange.TLSClient) listedKey {
	if v.Refusal.OfTracker() {
		return listedKey{host, "", v.Refusal}
	}
	return listedKey{host, v.Client, v.Refusal}
}

// maxSeenHosts is how many hosts that clients connected to are shown.
const maxSeenHosts = 6

func newHostLists(s *httpsSection) *hostLists {
	l := &hostLists{section: s, more: control.NewLine("", theme.Muted)}
	l.listed = control.NewRows(layout.NewCustomPaddedVBoxLayout(6), l.listedRow)
	l.seen = control.NewRows(layout.NewCustomPaddedVBoxLayout(6), l.seenRow)
	l.listed.Next, l.seen.Next = s.host, s.host
	l.moreRow = indented(l.more)
	l.hint = indented(control.NewParagraph(lang.L("Your clients connected to these hosts. Decrypt those that are your trackers."), theme.Muted))
	l.moreRow.Hide()
	l.hint.Hide()
	l.content = container.New(layout.NewCustomPaddedVBoxLayout(6), l.listed.Content, l.seen.Content, l.moreRow, l.hint)
	return l
}

// show shows the lists. It reports whether rows came or went.
func (l *hostLists) show() (moved bool) {
	var keys []listedKey
	var offered []string // without repetitions: two clients may have connected to one host
	for _, host := range l.section.snap.Hosts {
		keys = append(keys, listedKey{host: host})
		for _, v := range l.section.snap.Seen {
			if key := refusalKey(host, v); v.Listed == host && v.Refusal != exchange.NotRejected && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	for _, v := range l.section.snap.Seen {
		if v.Listed == "" && !slices.Contains(offered, v.Host) {
			offered = append(offered, v.Host)
		}
	}
	over := len(offered) - maxSeenHosts
	offered = offered[:min(len(offered), maxSeenHosts)]
	moved = l.listed.Show(keys)
	moved = l.seen.Show(offered) || moved
	control.SetVisible(l.moreRow, over > 0)
	if over > 0 {
		l.more.Set(lang.N("and %d more", over), theme.Muted)
	}
	control.SetVisible(l.hint, len(offered) > 0)
	return moved
}

func (l *hostLists) listedRow(key listedKey) (fyne.CanvasObject, func(at int)) {
	s := l.section
	if key.why != exchange.NotRejected {
		explained := lang.L("Decrypts again. Make the client trust the certificate first.")
		if key.why.OfTracker() {
			explained = lang.L("Tries to decrypt again, which works once the tracker has changed.")
		}
		retry := control.NewButton(lang.L("Try again"), s.options.Engine.RetryClients).Explained(explained)
		why := control.NewText(notDecryptedText(key.client, key.why), theme.Warn)
		return indented(control.Border(nil, nil, nil, container.NewVBox(retry), why.Content)), func(int) {}
	}
	e := newEntry(key.host, control.NewButton(lang.L("Remove"), func() { s.removeHost(key.host) }).Explained(lang.L("Takes this tracker off the list: its connections pass untouched again.")))
	row := newLabelledRow(e.content)
	return row.content, func(at int) {
		row.place(at, lang.L("Trackers"))
		e.state.Set(hostState(s.snap, key.host, s.now))
	}
}

func (l *hostLists) seenRow(host string) (fyne.CanvasObject, func(at int)) {
	s := l.section
	e := newEntry(host, control.NewButton(lang.L("Decrypt"), func() { s.addHost(host) }).Explained(lang.L("Adds this tracker to the list.")))
	row := newLabelledRow(e.content)
	return row.content, func(at int) {
		row.place(at, lang.L("Recently seen"))
		if v := slices.IndexFunc(s.snap.Seen, func(v exchange.TLSClient) bool { return v.Listed == "" && v.Host == host }); v >= 0 {
			e.state.Set(lastSeen(s.snap.Seen[v], s.now), theme.Muted)
		}
	}
}
