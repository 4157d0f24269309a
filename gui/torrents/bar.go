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

// bar is the row above the table: the filter, the count of rows that it leaves, and the buttons.
type bar struct {
	page    *Page
	filter  *control.Entry
	chips   *control.Chips // filter by state
	tracker *control.Chips // one chip: filters by tracker
	count   *control.Line
	picked  *control.Button // the menu for the selected rows, shown if there are several
	late    *control.Button // sorts the rows that were held in place
	columns *control.Button
	shown   chipsShown      // what the chips show now
	wrong   string          // why the pasted text is no valid link; empty if nothing is wrong
	view    *control.Button // switches to the trackers, and back
	byState fyne.CanvasObject
	content fyne.CanvasObject
}

// chipsShown is everything that the chips depend on.
type chipsShown struct {
	counts                [classes]int
	class                 class
	tracker               string
	trackers, itsTorrents int
}

func newBar(p *Page) *bar {
	b := &bar{page: p, filter: control.NewEntry(), count: control.NewLine("", theme.Muted).AtLeast(150).Aligned(fyne.TextAlignTrailing)}
	b.filter.SetPlaceHolder(lang.L("Filter, or paste a magnet link for its name"))
	b.filter.OnChanged = p.onFilter
	b.chips = control.NewChips(int(classes), func(i int) { p.onClass(class(i)) })
	b.tracker = control.NewChips(1, func(int) { p.options.Desk.Menu(b.tracker, b.trackers()) })
	b.columns = control.NewButtonWithIcon(lang.L("Columns"), fynetheme.GridIcon(), b.menu)
	b.late = control.NewButtonWithIcon("", fynetheme.ViewRefreshIcon(), p.onSettle)
	b.picked = control.NewButtonWithIcon("", fynetheme.MenuDropDownIcon(), func() { p.options.Desk.Menu(b.picked, p.menu(p.targets())) })
	b.view = control.NewButtonWithIcon("", nil, func() { p.turn(!p.byTracker) })
	for _, w := range []*control.Button{b.columns, b.late, b.picked, b.view} {
		w.Importance = widget.LowImportance
	}
	b.filter.Tip = lang.L("Each word must be somewhere in the row: in its name, tracker, client or state.")
	b.columns.Tip = lang.L("Shows and hides columns.")
	b.late.Tip = lang.L("These rows are not where they belong: the list holds still while you use it. A click puts them in order.")
	b.picked.Tip = lang.L("What can be done with the selected torrents.")
	b.late.Hide()
	b.picked.Hide()
	right := container.NewHBox(container.NewCenter(b.count), b.picked, b.late, b.view, b.columns)
	b.byState = control.Border(nil, nil, nil, b.tracker, b.chips)
	b.turn(false)
	b.content = container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0), container.New(layout.NewCustomPaddedVBoxLayout(4), control.Border(nil, nil, nil, right, b.filter), b.byState))
	return b
}

// turn shows the controls for the trackers or for the torrents.
func (b *bar) turn(toTrackers bool) {
	b.view.Text, b.view.Icon = lang.L("Trackers"), fynetheme.StorageIcon()
	b.view.Tip = lang.L("Shows one row for each tracker: its sums, its state, and its own rules.")
	if toTrackers {
		b.view.Text, b.view.Icon = lang.L("Torrents"), fynetheme.ListIcon()
		b.view.Tip = lang.L("Shows one row for each torrent again.")
	}
	b.view.Refresh()
	control.SetVisible(b.byState, !toTrackers)
	control.SetVisible(b.columns, !toTrackers)
	if b.content != nil {
		b.content.Refresh()
	}
}

// empty clears the typed filter, and the message about it.
func (b *bar) empty() {
	b.filter.Fill("")
	b.wrong = ""
}

// show shows how many rows the filter leaves, how many are selected, and how many are out of order.
func (b *bar) show() {
	r := &b.page.rows
	shown, of, late, picked := len(r.shown), r.counts[all], r.late(), len(b.page.picked.ids)
	if b.page.byTracker {
		shown, of, late, picked = len(b.page.trackers.rows), len(b.page.known), 0, 0
	}
	moved := b.offer(b.late, late > 0, func() string { return lang.N("%s updated", late, lang.Int(uint64(late))) })
	moved = b.offer(b.picked, picked > 1, func() string { return lang.N("%s selected", picked, lang.Int(uint64(picked))) }) || moved
	if moved {
		b.content.Refresh() // the field for the filter has another width now
	}
	words, tone := "", theme.Muted
	switch {
	case b.wrong != "":
		words, tone = b.wrong, theme.Bad
	case b.page.byTracker && shown < of:
		words = lang.L("%s of %s", lang.Int(uint64(shown)), text.Trackers(of))
	case b.page.byTracker:
	case shown < of || r.filter.some():
		words = lang.L("%s of %s", lang.Int(uint64(shown)), text.Torrents(of))
	}
	b.count.Set(words, tone)
	b.showChips()
}

// offer shows a button with a text, or hides it. It reports whether the button appeared or disappeared.
func (b *bar) offer(button *control.Button, there bool, words func() string) (moved bool) {
	if there {
		if w := words(); button.Text != w {
			button.SetText(w)
		}
	}
	moved = button.Visible() != there
	control.SetVisible(button, there)
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

// showTrackers ends the filter by a tracker that no longer exists.
func (b *bar) showTrackers(trackers []engine.Tracker) {
	host := b.page.rows.filter.tracker
	if host != "" && !slices.ContainsFunc(trackers, func(t engine.Tracker) bool { return t.Host == host }) {
		b.page.onTracker("")
	}
}

// trackers returns the menu of trackers to filter by, each with its number of torrents.
func (b *bar) trackers() *fyne.Menu {
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

// menu opens the menu of columns, below its button.
func (b *bar) menu() { b.page.options.Desk.Menu(b.columns, b.choices()) }

// choices returns the menu of columns, with a mark on the visible ones. The first column cannot be hidden.
func (b *bar) choices() *fyne.Menu {
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
