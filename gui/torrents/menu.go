package torrents

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
)

// onMenu offers what can be done with a row, at a place of the window.
func (p *Page) onMenu(row int, at fyne.Position) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.grid); c != nil {
		widget.ShowPopUpMenuAtPosition(p.menu(p.rows.at(row)), c, at)
	}
}

// menu is what can be done with a torrent. It acts on the torrent it was opened for, wherever its row is by then.
func (p *Page) menu(now *engine.Torrent) *fyne.Menu {
	t := *now
	exclude := fyne.NewMenuItem(lang.L("Exclude: always its own figures"), func() { p.setFactor(t.InfoHash, policy.One) })
	if t.Own == policy.One {
		exclude = fyne.NewMenuItem(lang.L("Multiply again"), func() { p.setFactor(t.InfoHash, 0) })
	}
	forget := fyne.NewMenuItem(lang.L("Forget…"), func() { p.onForget(&t) })
	forget.Disabled = t.Event != bittorrent.EventStopped || t.Waiting > 0
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Copy hash"), func() { p.options.Desk.Copy(t.InfoHash.String()) }),
		fyne.NewMenuItem(lang.L("Copy magnet link"), func() { p.options.Desk.Copy(magnet(&t)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Multiplier of this torrent…"), func() { p.enterTorrentFactor(&t) }),
		fyne.NewMenuItem(lang.L("Multiplier and guards of this tracker…"), func() { p.options.Tracker(t.Tracker) }),
		exclude,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Show activity"), func() { p.options.Activity(t.InfoHash.String()) }),
		forget,
	)
}

// magnet is the torrent's link, without a tracker: those may hold passkeys.
func magnet(t *engine.Torrent) string {
	link := "magnet:?xt=urn:btih:" + t.InfoHash.String()
	if t.Name != "" {
		link += "&dn=" + strings.ReplaceAll(url.QueryEscape(t.Name), "+", "%20")
	}
	return link
}

func (p *Page) setFactor(h bittorrent.InfoHash, f policy.Factor) {
	_ = p.options.Engine.SetTorrentFactor(h, f)
}

func (p *Page) enterTorrentFactor(t *engine.Torrent) {
	h := t.InfoHash
	p.options.Desk.Prompt(lang.L("Multiplier of this torrent"), factorHint(), own(t.Own), p.factorTaker(func(f policy.Factor) error { return p.options.Engine.SetTorrentFactor(h, f) }))
}

func factorHint() string {
	return lang.L("From 1 to 100; empty follows the multiplier for all. It applies to new upload only.")
}

// own is a factor to be edited; nothing where there is none.
func own(f policy.Factor) string {
	if f == 0 {
		return ""
	}
	return f.String()
}

// factorTaker reads what was typed, and says what is wrong with it.
func (p *Page) factorTaker(set func(policy.Factor) error) func(string) string {
	return func(typed string) string {
		var f policy.Factor
		if strings.TrimSpace(typed) != "" {
			var err error
			if f, err = policy.ParseFactor(typed); err != nil {
				return lang.L("A number from 1 to 100, with at most three decimals.")
			}
		}
		if err := set(f); err != nil {
			return err.Error()
		}
		return ""
	}
}

func (p *Page) onForget(t *engine.Torrent) {
	id := t.ID
	p.options.Desk.Confirm(lang.L("Forget this torrent?"),
		lang.L("What was seen and told of “%s” is removed from the list and from the disk. This cannot be undone.", title(t)),
		lang.L("Forget"), func() { _ = p.options.Engine.ForgetTorrent(id) })
}
