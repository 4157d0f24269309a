package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// own lists the trackers with rules of their own, and the torrents with a multiplier of their own. It is built anew
// when that has changed.
type own struct {
	options  Options
	shown    string // what the lists show
	undo     func() error
	undone   string // what undo brings back
	choice   *control.Select
	trackers *fyne.Container
	torrents *fyne.Container
	content  fyne.CanvasObject
}

// maxOwn is how many torrents are listed; the others are counted.
const maxOwn = 20

func newOwn(o Options) *own {
	w := &own{options: o}
	w.choice = control.NewSelect(nil, nil)
	w.choice.PlaceHolder = lang.L("Rules for one tracker…")
	w.choice.OnChanged = func(host string) {
		if host != "" {
			w.choice.ClearSelected()
			o.Tracker(host)
		}
	}
	w.trackers, w.torrents = container.New(layout.NewCustomPaddedVBoxLayout(6)), container.New(layout.NewCustomPaddedVBoxLayout(6))
	w.content = container.New(layout.NewCustomPaddedVBoxLayout(8), w.trackers, w.torrents)
	return w
}

// show follows the engine; built is whether there is something else to show.
func (w *own) show(snap *engine.Snapshot) (built bool) {
	s := w.options.Engine.Settings()
	rules, names := s.TrackerRules(), w.names(snap, s.TorrentMultipliers)
	if _, has := rules[w.undone]; has {
		w.undone = ""
	}
	var hosts []string // without rules
	for _, t := range snap.Trackers {
		if _, has := rules[t.Host]; !has {
			hosts = append(hosts, t.Host)
		}
	}
	slices.Sort(hosts)
	key := fmt.Sprint(rules, names, s.TorrentMultipliers, hosts, w.undone)
	if key == w.shown {
		return false
	}
	w.shown = key
	w.choice.SetOptions(hosts)
	w.trackers.Objects, w.torrents.Objects = w.trackerRows(rules, len(hosts) > 0), w.torrentRows(s.TorrentMultipliers, names)
	w.trackers.Refresh()
	w.torrents.Refresh()
	return true
}

// names are what torrents with a multiplier of their own are called, as far as they are in sight.
func (w *own) names(snap *engine.Snapshot, multipliers map[string]engine.Factor) map[string]string {
	names := map[string]string{}
	for _, t := range snap.Torrents {
		if t.Own == 0 {
			continue
		}
		if _, has := multipliers[t.InfoHash.String()]; has {
			names[t.InfoHash.String()] = t.Name
		}
	}
	return names
}

func (w *own) trackerRows(rules map[string]engine.TrackerRule, more bool) (rows []fyne.CanvasObject) {
	label := lang.L("Trackers")
	for _, host := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[host]
		change := control.NewButton(lang.L("Change…"), func() { w.options.Tracker(host) })
		rows = append(rows, under(len(rows), label, w.entry(host, text.Rule(rule), change, func() error {
			return w.options.Engine.SetTrackerRule(host, engine.TrackerRule{})
		}, func() error { return w.options.Engine.SetTrackerRule(host, rule) })))
	}
	if w.undone != "" {
		line := control.NewLine(lang.L("%s is as for all again.", w.undone), theme.Good).AtLeast(100)
		rows = append(rows, under(len(rows), label, control.Border(nil, nil, nil, control.NewButton(lang.L("Undo"), w.onUndo), line)))
	}
	if more {
		rows = append(rows, under(len(rows), label, container.NewHBox(control.Fixed(w.choice, 300))))
	}
	return rows
}

func (w *own) torrentRows(multipliers map[string]engine.Factor, names map[string]string) (rows []fyne.CanvasObject) {
	hashes := slices.SortedFunc(maps.Keys(multipliers), func(a, b string) int {
		return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b))
	})
	for i, hash := range hashes {
		h, err := bittorrent.ParseInfoHash(hash)
		if err != nil {
			continue
		}
		if i == maxOwn {
			return append(rows, indented(control.NewLine(lang.N("and %d more", len(hashes)-i), theme.Muted)))
		}
		f, words := multipliers[hash], text.Times(multipliers[hash])
		if f == engine.One {
			words = lang.L("Excluded: always its own figures")
		}
		rows = append(rows, under(len(rows), lang.L("Torrents"), w.entry(cmp.Or(names[hash], h.Short()), words, nil, func() error {
			return w.options.Engine.SetTorrentFactor(h, 0)
		}, func() error { return w.options.Engine.SetTorrentFactor(h, f) })))
	}
	return rows
}

// entry is a tracker or a torrent with its rule, which a button takes away and another one brings back.
func (w *own) entry(name, rule string, change fyne.CanvasObject, clear, undo func() error) fyne.CanvasObject {
	gone := control.NewButton(lang.L("As for all"), func() {
		if clear() == nil {
			w.undo, w.undone = undo, name
		}
	})
	gone.Importance = widget.LowImportance
	buttons := container.NewHBox(gone)
	if change != nil {
		buttons.Objects = []fyne.CanvasObject{change, gone}
	}
	host := control.NewLine(name, theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(80)
	return control.NewWell(control.Border(nil, nil, nil, container.NewCenter(buttons), container.NewVBox(host, control.NewLine(rule, theme.Muted).AtLeast(80))))
}

func (w *own) onUndo() {
	if w.undo() == nil {
		w.undone = ""
	}
}
