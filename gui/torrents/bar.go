package torrents

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// bar is the row above the table: the filter, the count of rows that match it, and the buttons.
type bar struct {
	page      *Page
	filter    *control.Entry
	chips     *control.Chips // filter by state
	tracker   *control.Chips // one chip: filters by tracker
	count     *control.Line
	selected  *control.Button // the menu for the selected rows, shown if there are several
	sortNow   *control.Button // sorts the rows that were held in place
	columns   *control.Button
	shown     chipsShown      // what the chips show now
	linkError string          // why the pasted text is no valid link; empty if nothing is wrong
	view      *control.Button // switches to the trackers, and back
	classRow  fyne.CanvasObject
	content   fyne.CanvasObject
}

// chipsShown is everything that the chips depend on.
type chipsShown struct {
	counts                    [classes]int
	class                     class
	tracker                   string
	trackers, trackerTorrents int
}

func newBar(p *Page) *bar {
	b := &bar{page: p, filter: control.NewEntry(), count: control.NewLine("", theme.Muted).AtLeast(150).Aligned(fyne.TextAlignTrailing)}
	b.filter.SetPlaceHolder(lang.L("Filter, or paste a magnet link for its name"))
	b.filter.OnChanged = p.onFilter
	b.chips = control.NewChips(int(classes), func(i int) { p.onClass(class(i)) })
	b.tracker = control.NewChips(1, func(int) { p.options.Desk.Menu(b.tracker, b.trackerMenu()) })
	b.columns = control.NewButtonWithIcon(lang.L("Columns"), fynetheme.GridIcon(), b.openColumnMenu)
	b.sortNow = control.NewButtonWithIcon("", fynetheme.ViewRefreshIcon(), p.onSortNow)
	b.selected = control.NewButtonWithIcon("", fynetheme.MenuDropDownIcon(), func() { p.options.Desk.Menu(b.selected, p.menu(p.selectedTorrents())) })
	b.view = control.NewButtonWithIcon("", nil, func() { p.setView(!p.byTracker) })
	for _, w := range []*control.Button{b.columns, b.sortNow, b.selected, b.view} {
		w.Importance = widget.LowImportance
	}
	b.filter.Tip = lang.L("Each word must be somewhere in the row: in its name, tracker, client or state.")
	b.columns.Tip = lang.L("Shows and hides columns.")
	b.sortNow.Tip = lang.L("These rows are not where they belong: the list holds still while you use it. A click puts them in order.")
	b.selected.Tip = lang.L("What can be done with the selected torrents.")
	b.sortNow.Hide()
	b.selected.Hide()
	right := container.NewHBox(container.NewCenter(b.count), b.selected, b.sortNow, b.view, b.columns)
	b.classRow = control.Border(nil, nil, nil, b.tracker, b.chips)
	b.setView(false)
	b.content = container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0), container.New(layout.NewCustomPaddedVBoxLayout(4), control.Border(nil, nil, nil, right, b.filter), b.classRow))
	return b
}

// setView shows the controls for the trackers or for the torrents.
func (b *bar) setView(toTrackers bool) {
	b.view.Text, b.view.Icon = lang.L("Trackers"), fynetheme.StorageIcon()
	b.view.Tip = lang.L("Shows one row for each tracker: its sums, its state, and its own rules.")
	if toTrackers {
		b.view.Text, b.view.Icon = lang.L("Torrents"), fynetheme.ListIcon()
		b.view.Tip = lang.L("Shows one row for each torrent again.")
	}
	b.view.Refresh()
	control.SetVisible(b.classRow, !toTrackers)
	control.SetVisible(b.columns, !toTrackers)
	if b.content != nil {
		b.content.Refresh()
	}
}

// clear clears the typed filter, and the message about it.
func (b *bar) clear() {
	b.filter.Fill("")
	b.linkError = ""
}

// show shows how many rows match the filter, how many are selected, and how many are out of order.
func (b *bar) show() {
	r := &b.page.rows
	shown, of, late, picked := len(r.shown), r.counts[all], r.countOutOfPlace(), len(b.page.selection.ids)
	if b.page.byTracker {
		shown, of, late, picked = len(b.page.trackers.rows), len(b.page.known), 0, 0
	}
	moved := b.showButton(b.sortNow, late > 0, func() string { return lang.N("%s updated", late, lang.Int(uint64(late))) })
	moved = b.showButton(b.selected, picked > 1, func() string { return lang.N("%s selected", picked, lang.Int(uint64(picked))) }) || moved
	if moved {
		b.content.Refresh() // the field for the filter has another width now
	}
	words, tone := "", theme.Muted
	switch {
	case b.linkError != "":
		words, tone = b.linkError, theme.Bad
	case b.page.byTracker && shown < of:
		words = lang.L("%s of %s", lang.Int(uint64(shown)), text.Trackers(of))
	case b.page.byTracker:
	case shown < of || r.filter.isSet():
		words = lang.L("%s of %s", lang.Int(uint64(shown)), text.Torrents(of))
	}
	b.count.Set(words, tone)
	b.showChips()
}

// showButton shows a button with a text, or hides it. It reports whether the button appeared or disappeared.
func (b *bar) showButton(button *control.Button, visible bool, words func() string) (moved bool) {
	if visible {
		if w := words(); button.Text != w {
			button.SetText(w)
		}
	}
	moved = button.Visible() != visible
	control.SetVisible(button, visible)
	return moved
}

func (b *bar) showChips() {
	var chips [classes]control.Chip
	counts, now := &b.page.rows.counts, chipsShown{b.page.rows.counts, b.page.rows.filter.class, b.page.rows.filter.tracker, len(b.page.known), b.page.torrentsOf(b.page.rows.filter.tracker)}
	if now == b.shown {
		return
	}
	b.shown = now
	for c := range classes {
		word, meaning := c.words()
		chips[c] = control.Chip{Word: word, Count: lang.Int(uint64(counts[c])), Tip: meaning, Hidden: c == late && counts[c] == 0}
	}
	b.chips.Set(chips[:], int(b.page.rows.filter.class))
	host := b.page.rows.filter.tracker
	chip, chosen := control.Chip{Word: lang.L("All trackers"), Count: lang.Int(uint64(len(b.page.known)))}, -1
	if host != "" {
		chip, chosen = control.Chip{Word: host, Count: lang.Int(uint64(b.page.torrentsOf(host)))}, 0
	}
	chip.Tip = lang.L("Shows the torrents of one tracker only.")
	b.tracker.Set([]control.Chip{chip}, chosen)
}

// dropLostTracker ends the filter by a tracker that no longer exists.
func (b *bar) dropLostTracker(trackers []engine.Tracker) {
	host := b.page.rows.filter.tracker
	if host != "" && !slices.ContainsFunc(trackers, func(t engine.Tracker) bool { return t.Host == host }) {
		b.page.onTracker("")
	}
}

// trackerMenu returns the menu of trackers to filter by, each with its number of torrents.
func (b *bar) trackerMenu() *fyne.Menu {
	add := func(m *fyne.Menu, word, host string) {
		item := fyne.NewMenuItem(word, func() { b.page.onTracker(host) })
		item.Checked = host == b.page.rows.filter.tracker
		m.Items = append(m.Items, item)
	}
	menu := fyne.NewMenu("")
	add(menu, lang.L("All trackers"), "")
	hosts := slices.SortedFunc(slices.Values(b.page.known), func(a, b engine.Tracker) int { return strings.Compare(a.Host, b.Host) })
	for _, t := range hosts {
		add(menu, t.Host+"  "+lang.Int(uint64(t.Torrents)), t.Host)
	}
	return menu
}

// openColumnMenu opens the menu of columns, below its button.
func (b *bar) openColumnMenu() { b.page.options.Desk.Menu(b.columns, b.columnMenu()) }

// columnMenu returns the menu of columns, with a mark on the visible ones. The first column cannot be hidden.
func (b *bar) columnMenu() *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, c := range columns()[1:] {
		item := fyne.NewMenuItem(c.Title, func() { b.page.onColumn(c.Key) })
		item.Checked = !b.page.hidden[c.Key]
		menu.Items = append(menu.Items, item)
	}
	return menu
}

// DefaultHidden has the columns that a first start hides, in the form of [Options].
const DefaultHidden = "answer,event,factor,next,noticed,size"

// hiddenColumns reads the keys of hidden columns, and ignores keys of no column.
func hiddenColumns(keys string) map[string]bool {
	hidden := map[string]bool{}
	for _, c := range columns()[1:] {
		if slices.Contains(strings.Split(keys, ","), c.Key) {
			hidden[c.Key] = true
		}
	}
	return hidden
}

// hiddenKeys writes the keys of hidden columns, in the order of the columns.
func hiddenKeys(hidden map[string]bool) string {
	var keys []string
	for _, c := range columns() {
		if hidden[c.Key] {
			keys = append(keys, c.Key)
		}
	}
	return strings.Join(append(keys, "none")[:max(len(keys), 1)], ",")
}
