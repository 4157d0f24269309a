package torrents

import (
	"net/url"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

// onMenu opens the menu of a row at a place in the window. If the row is one of several selected rows, the menu is for
// all of them.
func (p *Page) onMenu(row int, at fyne.Position) {
	ts, one := p.selectedTorrents(), p.rows.at(row)
	if !slices.Contains(ts, one) {
		ts = []*engine.Torrent{one}
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.grid); c != nil {
		widget.ShowPopUpMenuAtPosition(p.menu(ts), c, at)
	}
}

// menu returns the menu for some torrents. It acts on these torrents, even if their rows have moved since.
func (p *Page) menu(ts []*engine.Torrent) *fyne.Menu {
	if len(ts) == 0 {
		return fyne.NewMenu("")
	}
	one := ts[0]
	exclude := fyne.NewMenuItem(lang.L("Exclude: always its real numbers"), func() { p.exclude(ts) })
	if !slices.ContainsFunc(ts, func(t *engine.Torrent) bool { return t.Own != policy.One }) {
		exclude = fyne.NewMenuItem(lang.L("Multiply again"), func() {
			p.setFactors(func() error { return p.options.Engine.SetTorrentFactors(sameFactor(ts, 0)) })
		})
	}
	forget := fyne.NewMenuItem(lang.L("Forget"), func() { p.forget(ts) })
	forget.Disabled = !slices.ContainsFunc(ts, func(t *engine.Torrent) bool { return mayForget(t, p.now) })
	tracker := fyne.NewMenuItem(lang.L("Multiplier and guards of this tracker…"), func() { p.options.Tracker(one.Tracker) })
	tracker.Disabled = slices.ContainsFunc(ts, func(t *engine.Torrent) bool { return t.Tracker != one.Tracker })
	activity := fyne.NewMenuItem(lang.L("Show activity"), func() { p.options.Activity(one.InfoHash.String()) })
	activity.Disabled = len(ts) > 1
	hash, link, multiplier := lang.L("Copy hash"), lang.L("Copy magnet link"), lang.L("Multiplier of this torrent…")
	if n := len(ts); n > 1 {
		hash, link, multiplier = lang.N("Copy %d hashes", n), lang.N("Copy %d magnet links", n), lang.N("Multiplier of %d torrents…", n)
	}
	end := []*fyne.MenuItem{activity, forget}
	if one.Name == "" && len(ts) == 1 && p.options.LookUp != nil {
		end = append([]*fyne.MenuItem{fyne.NewMenuItem(lang.L("Look up its name in the swarm"), func() { p.options.LookUp(one.InfoHash) })}, end...)
	}
	return fyne.NewMenu("", append([]*fyne.MenuItem{
		fyne.NewMenuItem(hash, func() {
			p.options.Desk.Copy(linePerTorrent(ts, func(t *engine.Torrent) string { return t.InfoHash.String() }))
		}),
		fyne.NewMenuItem(link, func() { p.options.Desk.Copy(linePerTorrent(ts, magnet)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(multiplier, func() { p.enterFactor(ts) }),
		tracker,
		exclude,
		fyne.NewMenuItemSeparator(),
	}, end...)...)
}

// linePerTorrent returns one line per torrent, and only one for a torrent on several trackers.
func linePerTorrent(ts []*engine.Torrent, of func(*engine.Torrent) string) string {
	seen := make(map[bittorrent.InfoHash]struct{}, len(ts))
	var out []string
	for _, t := range ts {
		if _, again := seen[t.InfoHash]; !again {
			seen[t.InfoHash] = struct{}{}
			out = append(out, of(t))
		}
	}
	return strings.Join(out, "\n")
}

// sameFactor returns the same factor for each torrent.
func sameFactor(ts []*engine.Torrent, f policy.Factor) map[bittorrent.InfoHash]policy.Factor {
	out := make(map[bittorrent.InfoHash]policy.Factor, len(ts))
	for _, t := range ts {
		out[t.InfoHash] = f
	}
	return out
}

// magnet returns the torrent's magnet link, without trackers, whose addresses may contain passkeys.
func magnet(t *engine.Torrent) string {
	link := "magnet:?xt=urn:btih:" + t.InfoHash.String()
	if t.Name != "" {
		link += "&dn=" + strings.ReplaceAll(url.QueryEscape(t.Name), "+", "%20")
	}
	return link
}

// enterFactor opens the dialog for the torrents' own multiplier.
func (p *Page) enterFactor(ts []*engine.Torrent) {
	value := factorText(ts[0].Own)
	if slices.ContainsFunc(ts, func(t *engine.Torrent) bool { return t.Own != ts[0].Own }) {
		value = ""
	}
	title := lang.L("Multiplier of this torrent")
	if n := len(ts); n > 1 {
		title = lang.N("Multiplier of %d torrents", n)
	}
	p.options.Desk.Prompt(title, factorHint(), value,
		acceptFactor(func(f policy.Factor) error { return p.options.Engine.SetTorrentFactors(sameFactor(ts, f)) }))
}

func factorHint() string {
	return lang.L("From 1 to 100; empty follows the multiplier for all. It applies to new upload only.")
}

// factorText returns a factor as a text to be edited; "" if there is none.
func factorText(f policy.Factor) string {
	if f == 0 {
		return ""
	}
	return f.String()
}

// acceptFactor returns a function that reads a typed factor, and returns what is wrong with it.
func acceptFactor(set func(policy.Factor) error) func(string) string {
	return func(typed string) string {
		var f policy.Factor
		if strings.TrimSpace(typed) != "" {
			var err error
			if f, err = policy.ParseFactor(typed); err != nil {
				return lang.L("A number from 1 to 100, with at most three decimals.")
			}
		}
		if err := set(f); err != nil {
			return text.Error(err)
		}
		return ""
	}
}
