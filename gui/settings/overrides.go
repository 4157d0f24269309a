package settings

import (
	"cmp"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// overrides lists the trackers with rules of their own, and the torrents with a multiplier of their own.
type overrides struct {
	options     Options
	rules       map[string]policy.TrackerRule // by host
	multipliers map[string]policy.Factor      // by info hash
	names       map[string]string             // names of torrents, by info hash
	undo        func() error
	undone      string // what undo restores

	choice   *control.Select // of a tracker without rules
	hosts    []string        // the hosts on offer in choice
	trackers *control.Rows[overrideKey]
	torrents *control.Rows[string]
	more     *control.Line // the number of torrents that are not shown
	moreRow  fyne.CanvasObject
	wrong    *control.Line
	wrongRow fyne.CanvasObject
	content  fyne.CanvasObject
}

// overrideKey identifies a row of the trackers: a host with rules, the undo, or the choice of another tracker.
type overrideKey struct {
	kind overrideKind
	host string
}

type overrideKind uint8

const (
	overrideHost overrideKind = iota
	overrideUndo
	overrideChoice
)

// maxOverrides is how many torrents are shown; the others are only counted.
const maxOverrides = 20

func newOverrides(o Options) *overrides {
	w := &overrides{options: o, more: control.NewLine("", theme.Muted), wrong: newErrorLine()}
	w.choice = control.NewSelect(nil, nil)
	w.choice.PlaceHolder = lang.L("Rules for one tracker…")
	w.choice.Tip = lang.L("Gives a tracker rules that differ from the general settings.")
	w.choice.OnChanged = func(host string) {
		if host != "" {
			w.choice.Fill(w.hosts, -1)
			o.Tracker(host)
		}
	}
	w.trackers = control.NewRows(layout.NewCustomPaddedVBoxLayout(6), w.trackerRow)
	w.torrents = control.NewRows(layout.NewCustomPaddedVBoxLayout(6), w.torrentRow)
	w.moreRow, w.wrongRow = indented(w.more), indented(w.wrong)
	w.wrong.Show()
	w.moreRow.Hide()
	w.wrongRow.Hide()
	w.content = container.New(layout.NewCustomPaddedVBoxLayout(8), w.trackers.Content,
		container.New(layout.NewCustomPaddedVBoxLayout(6), w.torrents.Content, w.moreRow), w.wrongRow)
	return w
}

// show shows a snapshot. It reports whether rows came or went.
func (w *overrides) show(snap *engine.Snapshot) (moved bool) {
	w.rules, w.multipliers = snap.Settings.TrackerRules(), snap.Settings.TorrentMultipliers
	w.names = w.namesOf(snap)
	if _, has := w.rules[w.undone]; has {
		w.undone = ""
	}
	w.hosts = nil
	for i := range snap.Trackers {
		if host := snap.Trackers[i].Host; w.rules[host] == (policy.TrackerRule{}) {
			w.hosts = append(w.hosts, host)
		}
	}
	slices.Sort(w.hosts)
	w.choice.Fill(w.hosts, -1)
	var keys []overrideKey
	for _, host := range slices.Sorted(maps.Keys(w.rules)) {
		keys = append(keys, overrideKey{host: host})
	}
	if w.undone != "" {
		keys = append(keys, overrideKey{kind: overrideUndo})
	}
	if len(w.hosts) > 0 {
		keys = append(keys, overrideKey{kind: overrideChoice})
	}
	moved = w.trackers.Show(keys)
	hashes := slices.SortedFunc(maps.Keys(w.multipliers), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.names[a], w.names[b]), cmp.Compare(a, b))
	})
	hashes = slices.DeleteFunc(hashes, func(hash string) bool { _, err := bittorrent.ParseInfoHash(hash); return err != nil })
	over := len(hashes) - maxOverrides
	control.SetVisible(w.moreRow, over > 0)
	if over > 0 {
		w.more.Set(lang.N("and %d more", over), theme.Muted)
		hashes = hashes[:maxOverrides]
	}
	return w.torrents.Show(hashes) || moved
}

// namesOf returns the names of the snapshot's torrents that have a multiplier of their own.
func (w *overrides) namesOf(snap *engine.Snapshot) map[string]string {
	names := map[string]string{}
	for _, t := range snap.Torrents {
		if t.Own == 0 {
			continue
		}
		if hash := t.InfoHash.String(); w.multipliers[hash] != 0 {
			names[hash] = t.Name
		}
	}
	return names
}

func (w *overrides) trackerRow(key overrideKey) (fyne.CanvasObject, func(at int)) {
	label := lang.L("Trackers")
	switch key.kind {
	case overrideUndo:
		line := control.NewLine("", theme.Good).AtLeast(100)
		l := newLabelledRow(control.Border(nil, nil, nil, control.NewButton(lang.L("Undo"), w.onUndo).Explained(lang.L("Puts back what was removed last.")), line))
		return l.content, func(at int) {
			l.place(at, label)
			line.Set(lang.L("%s uses the general settings again.", w.undone), theme.Good)
		}
	case overrideChoice:
		l := newLabelledRow(container.NewHBox(control.Fixed(w.choice, 300)))
		return l.content, func(at int) { l.place(at, label) }
	}
	change := control.NewButton(lang.L("Change…"), func() { w.options.Tracker(key.host) }).Explained(lang.L("Changes the rules of this tracker."))
	e := newEntry(key.host, change, w.resetButton(func() {
		rule := w.rules[key.host]
		w.reset(key.host, w.options.Engine.SetTrackerRule(key.host, policy.TrackerRule{}),
			func() error { return w.options.Engine.SetTrackerRule(key.host, rule) })
	}))
	l := newLabelledRow(e.content)
	return l.content, func(at int) {
		l.place(at, label)
		e.state.Set(text.Rule(w.rules[key.host]), theme.Muted)
	}
}

func (w *overrides) torrentRow(hash string) (fyne.CanvasObject, func(at int)) {
	h, _ := bittorrent.ParseInfoHash(hash)
	name := func() string { return cmp.Or(w.names[hash], h.Short()) }
	e := newEntry("", w.resetButton(func() {
		f := w.multipliers[hash]
		w.reset(name(), w.options.Engine.SetTorrentFactor(h, 0), func() error { return w.options.Engine.SetTorrentFactor(h, f) })
	}))
	l := newLabelledRow(e.content)
	return l.content, func(at int) {
		l.place(at, lang.L("Torrents"))
		e.name.Set(name(), theme.Plain)
		words := text.Times(w.multipliers[hash])
		if w.multipliers[hash] == policy.One {
			words = lang.L("Excluded: always its real numbers")
		}
		e.state.Set(words, theme.Muted)
	}
}

func (w *overrides) resetButton(do func()) *control.Button {
	b := control.NewButton(lang.L("Use defaults"), do).Explained(lang.L("Removes these rules: the general settings apply again."))
	b.Importance = widget.LowImportance
	return b
}

// reset shows the result of removing a rule, and offers to undo it.
func (w *overrides) reset(name string, err error, undo func() error) {
	w.showError(err)
	if err == nil {
		w.undo, w.undone = undo, name
	}
}

func (w *overrides) onUndo() {
	err := w.undo()
	w.showError(err)
	if err == nil {
		w.undone = ""
	}
}

func (w *overrides) showError(err error) {
	_, words, _ := errorText(err)
	w.wrong.Set(words, theme.Bad)
	control.SetVisible(w.wrongRow, err != nil)
}
