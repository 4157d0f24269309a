package activity

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/lang"
)

// bar is the row above the list, with the filter and the buttons.
type bar struct {
	page             *Page
	outcome          *control.Select
	tracker, torrent *control.Entry
	pause, newest    *control.Button
	days             *control.Button
	content          fyne.CanvasObject
}

// outcomeWords returns the words for the outcomes to filter by; the first is all.
func outcomeWords() []string {
	return []string{
		lang.L("All outcomes"), lang.L("Answered by the tracker"), lang.L("From cache"), lang.L("No answer"),
		lang.L("Passed untouched"), lang.L("Refused"),
	}
}

// outcomesByChoice has the outcomes that each choice shows.
var outcomesByChoice = [][]exchange.Outcome{
	nil, {exchange.OutcomeForwarded}, {exchange.OutcomeCached}, {exchange.OutcomeFailed}, {exchange.OutcomePassed}, {exchange.OutcomeRefused},
}

func newBar(p *Page) *bar {
	b := &bar{page: p, tracker: control.NewEntry(), torrent: control.NewEntry()}
	b.outcome = control.NewSelect(outcomeWords(), nil)
	b.outcome.SetSelectedIndex(0)
	b.outcome.OnChanged = func(string) { b.applyFilter() }
	b.tracker.SetPlaceHolder(lang.L("Tracker"))
	b.torrent.SetPlaceHolder(lang.L("Name or info hash"))
	for _, e := range []*control.Entry{b.tracker, b.torrent} {
		e.OnChanged = func(string) { b.applyFilter() }
	}
	b.pause = control.NewButtonWithIcon(lang.L("Pause"), fynetheme.MediaPauseIcon(), p.onPause)
	b.newest = control.NewButtonWithIcon(lang.L("Newest"), fynetheme.MoveUpIcon(), p.onNewest)
	b.days = control.NewButtonWithIcon(lang.L("Per day"), fynetheme.HistoryIcon(), p.onDays)
	export := control.NewButtonWithIcon(lang.L("Export"), fynetheme.DocumentSaveIcon(), nil)
	export.OnTapped = func() { b.openExportMenu(export) }
	for _, w := range []*control.Button{b.pause, b.newest, b.days, export} {
		w.Importance = widget.LowImportance
	}
	b.outcome.Tip = lang.L("Shows only exchanges with this outcome.")
	b.tracker.Tip = lang.L("Shows only exchanges with trackers whose name contains this.")
	b.torrent.Tip = lang.L("Shows only exchanges of torrents whose name or info hash contains this.")
	b.pause.Tip = lang.L("Holds the list while you read. Nothing is lost meanwhile.")
	b.newest.Tip = lang.L("Goes to the newest exchange and follows new ones from there.")
	b.days.Tip = lang.L("Shows or hides the sums of each day.")
	export.Tip = lang.L("Saves the filtered exchanges to a file.")
	fields := control.Border(nil, nil, control.Fixed(b.outcome, 164), nil, container.NewGridWithColumns(2, b.tracker, b.torrent))
	b.content = container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0),
		control.Border(nil, nil, nil, container.NewHBox(b.pause, b.newest, b.days, export), fields))
	return b
}

// openExportMenu offers the formats of an export, below its button.
func (b *bar) openExportMenu(under fyne.CanvasObject) {
	b.page.desk.Menu(under, fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Table (CSV)…"), func() { b.page.onExport(false) }),
		fyne.NewMenuItem(lang.L("For programs (JSON)…"), func() { b.page.onExport(true) }),
	))
}

func (b *bar) applyFilter() {
	torrent := strings.TrimSpace(b.torrent.Text)
	b.page.onFilter(exchange.Filter{
		Outcomes: outcomesByChoice[max(b.outcome.SelectedIndex(), 0)],
		Tracker:  strings.TrimSpace(b.tracker.Text), Torrent: torrent, Hashes: b.page.engine.TorrentsNamed(torrent),
	})
}

// matchingNamesChanged reports whether the words for the torrent are in the names of other torrents than they were.
func (b *bar) matchingNamesChanged() bool {
	was, now := b.page.rows.filter.Hashes, b.page.engine.TorrentsNamed(b.page.rows.filter.Torrent)
	return len(was) != len(now) || slices.ContainsFunc(now, func(h bittorrent.InfoHash) bool { return !slices.Contains(was, h) })
}

func (b *bar) isFiltered() bool {
	return b.outcome.SelectedIndex() > 0 || strings.TrimSpace(b.tracker.Text) != "" || strings.TrimSpace(b.torrent.Text) != ""
}

// show shows whether the list is paused, and how many newer exchanges it lacks.
func (b *bar) show(paused bool, newer int) {
	words, icon := lang.L("Pause"), fynetheme.MediaPauseIcon()
	if paused {
		words, icon = lang.L("Go on"), fynetheme.MediaPlayIcon()
	}
	if b.pause.Text != words {
		b.pause.SetText(words)
		b.pause.SetIcon(icon)
	}
	words = lang.L("Newest")
	if newer > 0 {
		words = lang.N("%s new", newer, lang.Int(uint64(newer)))
	}
	if b.newest.Text != words {
		b.newest.SetText(words)
	}
}
