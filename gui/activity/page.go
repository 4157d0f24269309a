// Package activity is the page with the list of all exchanges, newest first: the request, the reported total with its
// reason, and the outcome. Exchanges that are no longer in memory are read from the disk while the user scrolls.
package activity

import (
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine"
	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/gui/control"
	"bittoratio/gui/desk"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine. Methods that return an error read files, and are called in the
// background.
type Engine interface {
	TorrentName(h bittorrent.InfoHash) string
	TorrentsNamed(words string) []bittorrent.InfoHash
	Activity(after uint64) (entries []exchange.Entry, dropped uint64)
	OlderActivity(f exchange.Filter, before uint64, limit int) ([]exchange.Entry, error)
	ActivityDays() ([]exchange.Day, error)
	ExportActivity(w io.Writer, f exchange.Filter, json bool) error
	Heads(seq uint64) *exchange.Heads
}

// Page is the page.
type Page struct {
	engine      Engine
	desk        *desk.Desk
	rows        rows
	now         time.Time
	seq         uint64 // number of the newest exchange
	names       uint64 // Names of the snapshot that was shown
	chosen      uint64 // number of the selected exchange
	loading     bool   // the disk is being read
	restarts    int    // calls of restart; the answer to an earlier filter is dropped
	paused      bool
	addedAbove  int    // exchanges that came while the view did not follow the newest one
	countedTo   uint64 // newest exchange that was counted while the list is paused
	heldBack    int    // how many of those belong on the list
	readFailed  bool   // the disk could not be read
	filterIsOld bool   // the filter's words are in another torrent's name now

	bar     *bar
	grid    *grid.Grid
	table   *control.Card
	foot    *control.Line
	detail  *detail
	days    *days
	copies  []*control.Copy // in the exchange that is open
	empty   fyne.CanvasObject
	title   *control.Line
	line    *control.Line
	content fyne.CanvasObject
}

// pageful is how many older exchanges are read at once.
const pageful = 500

// New builds the page; Show fills it.
func New(e Engine, d *desk.Desk) *Page {
	p := &Page{engine: e, desk: d, foot: control.NewLine("", theme.Muted).Sized(fynetheme.SizeNameCaptionText).AtLeast(100)}
	p.grid = grid.New(columns(), func() int { return len(p.rows.entries) }, func(row int, out []grid.Cell) { p.cells(row, out) })
	p.grid.OnSelect, p.grid.OnOpen, p.grid.OnEnd = p.onSelect, func(int) { p.onOpen() }, p.loadOlder
	p.table = control.NewFrame(p.grid)
	p.title = control.NewLine("", theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter)
	p.line = control.NewLine("", theme.Muted).Aligned(fyne.TextAlignCenter)
	p.empty = container.NewVBox(layout.NewSpacer(), p.title, p.line, layout.NewSpacer(), layout.NewSpacer())
	p.detail = newDetail(p.onOpen, func() { p.onSelect(-1) })
	p.days = newDays()
	p.bar = newBar(p)
	below := container.NewVBox(p.foot, p.detail.content)
	top := container.NewVBox(p.bar.content, p.days.content)
	p.content = control.Border(top, below, nil, nil, container.NewStack(p.table, p.empty))
	return p
}

func columns() []grid.Column {
	return []grid.Column{
		{Title: lang.L("Time"), Tip: lang.L("When it happened."), Min: 84},
		{Title: lang.L("What"), Tip: lang.L("What the client asked for."), Min: 150, Weight: 0.5},
		{Title: lang.L("Tracker"), Tip: lang.L("The tracker, without the parts of its address that are secret."), Min: 110, Weight: 1.5},
		{Title: lang.L("Torrent"), Tip: lang.L("The torrent's name, or the beginning of its info hash while the name is not known."), Min: 80, Weight: 5},
		{Title: lang.L("Calculation"), Tip: lang.L("What was new, times the multiplier, is what was added to the reported total."), Min: 190, Weight: 1},
		{Title: lang.L("Outcome"), Tip: lang.L("How it ended: what the tracker answered, or why it did not."), Min: 110, Weight: 3},
	}
}

func (p *Page) cells(row int, out []grid.Cell) {
	e := p.rows.at(row)
	cells(e, p.nameOf(e), p.now, out)
}

// nameOf returns the name of an exchange's torrent; "" if it is not known.
func (p *Page) nameOf(e *exchange.Entry) string { return p.engine.TorrentName(e.InfoHash) }

// Content returns the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Grid returns the table, for tests.
func (p *Page) Grid() *grid.Grid { return p.grid }

// Find returns the filter's field for the torrent, to give it the focus.
func (p *Page) Find() fyne.Focusable { return p.bar.torrent }

// Copied returns the selected exchange's figures as text; "" if none is selected.
func (p *Page) Copied() string {
	if row := p.rows.row(p.chosen); p.chosen > 0 && row >= 0 {
		return p.detail.copyText(p.rows.at(row), p.nameOf(p.rows.at(row)))
	}
	return ""
}

// ShowTorrent filters by a torrent: its info hash, or a part of it.
func (p *Page) ShowTorrent(hash string) { p.bar.torrent.SetText(hash) }

// Show adds the exchanges since the last call, unless the list is paused. Times in the list are relative to now.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	for _, c := range p.copies {
		c.Settle(now)
	}
	p.now, p.seq = now, snap.Seq
	if snap.Names != p.names { // the text in the filter may be one of the new names
		p.names = snap.Names
		p.filterIsOld = p.rows.filter.Torrent != "" && p.bar.matchingNamesChanged()
	}
	if p.filterIsOld && !p.paused && p.following() { // else the user reads: the list stays where it is
		p.bar.applyFilter()
	}
	switch {
	case !p.rows.begun:
		p.restart()
		return
	case !p.paused && snap.Seq > p.rows.last:
		entries, dropped := p.engine.Activity(p.rows.last)
		if dropped > 0 { // the memory no longer has all of them: the disk has the rest
			p.restart()
			return
		}
		following := p.following()
		added := p.rows.add(entries)
		if !following {
			p.addedAbove += added
		}
		p.refresh()
		if !following {
			p.grid.Shift(added)
		}
		return
	}
	p.countHeldBack(snap.Seq)
	p.refresh()
}

// countHeldBack counts the exchanges that came since the list was paused and that its filter finds.
func (p *Page) countHeldBack(newest uint64) {
	if from := max(p.countedTo, p.rows.last); p.paused && newest > from {
		entries, dropped := p.engine.Activity(from)
		p.countedTo = newest
		if !p.bar.isFiltered() {
			p.heldBack += int(dropped)
		}
		for i := range entries {
			if p.rows.filter.Match(&entries[i]) {
				p.heldBack++
			}
		}
	}
}

// following reports whether the view follows the newest exchange: it is at the top, no exchange on the list is
// selected, and the pointer is not over it.
func (p *Page) following() bool {
	return p.grid.AtTop() && p.rows.row(p.chosen) < 0 && !p.grid.Hovered()
}

// restart fills the list again: for the first time, or for another filter.
func (p *Page) restart() {
	p.restarts++
	p.loading, p.addedAbove, p.heldBack, p.readFailed = false, 0, 0, false
	entries, _ := p.engine.Activity(0)
	p.rows.begin(entries)
	if len(entries) == 0 && p.seq > 0 { // all exchanges are from earlier runs
		p.rows.last, p.rows.before = p.seq, p.seq+1
	}
	p.refresh()
	p.grid.ToTop()
	if len(p.rows.entries) < pageful {
		p.loadOlder()
	}
}

// loadOlder reads the exchanges before the oldest one on the list.
func (p *Page) loadOlder() {
	if p.loading || !p.rows.more() {
		return
	}
	p.loading = true
	restarts, before, filter := p.restarts, p.rows.before, p.rows.filter
	var older []exchange.Entry
	p.desk.Background(func() (err error) {
		older, err = p.engine.OlderActivity(filter, before, pageful)
		return err
	}, func(err error) {
		if restarts != p.restarts {
			return
		}
		p.loading = false
		if err != nil {
			p.rows.before, p.readFailed = 0, true
			p.desk.Inform(lang.L("Older exchanges could not be read"), lang.L("The system says: %s.", text.Cause(err)))
		} else {
			p.rows.addOlder(older, pageful)
		}
		p.refresh()
	})
}

func (p *Page) refresh() {
	row := -1
	if p.chosen > 0 {
		row = p.rows.row(p.chosen)
	}
	if p.following() {
		p.addedAbove = 0
	}
	n := len(p.rows.entries)
	p.grid.Update()
	p.grid.Mark(row)
	control.SetVisible(p.table, n > 0)
	control.SetVisible(p.empty, n == 0)
	if p.bar.isFiltered() {
		p.title.Set(lang.L("Nothing fits this filter"), theme.Plain)
		p.line.Set(lang.L("Change the filter above the list to see more."), theme.Muted)
	} else {
		p.title.Set(lang.L("Nothing has happened yet"), theme.Plain)
		p.line.Set(lang.L("Each announce will appear here, with the reported total and the reason."), theme.Muted)
	}
	p.foot.Set(p.footText(n), theme.Muted)
	p.bar.show(p.paused, p.newer())
	if row >= 0 {
		p.detail.show(p.rows.at(row), p.nameOf(p.rows.at(row)))
	} else {
		p.detail.show(nil, "")
	}
}

// newer returns how many exchanges came since the list was paused, or since the view stopped following the newest one.
func (p *Page) newer() int { return p.addedAbove + p.heldBack }

func (p *Page) footText(n int) string {
	count := lang.N("%s exchanges", n, lang.Int(uint64(n)))
	switch {
	case n == 0:
		return ""
	case p.rows.more():
		return lang.L("%s, older ones as you scroll", count)
	case n >= maxEntries:
		return lang.L("%s; a narrower filter goes further back", count)
	case p.readFailed: // there are more
		return count
	default:
		return lang.L("%s in all", count)
	}
}

func (p *Page) onSelect(row int) {
	p.chosen = 0
	if row >= 0 {
		p.chosen = p.rows.at(row).Seq
	}
	p.refresh()
}

// onFilter fills the list again with another filter.
func (p *Page) onFilter(f exchange.Filter) {
	p.rows.filter, p.filterIsOld = f, false
	p.restart()
}

func (p *Page) onPause() {
	if p.paused = !p.paused; !p.paused {
		p.onNewest()
		return
	}
	p.refresh()
}

// onNewest continues the list and scrolls to its top.
func (p *Page) onNewest() {
	p.paused = false
	if p.filterIsOld {
		p.bar.applyFilter()
		return
	}
	if len(p.rows.entries) > 4*pageful { // drops the older exchanges that were read
		p.restart()
		return
	}
	entries, dropped := p.engine.Activity(p.rows.last)
	if dropped > 0 {
		p.restart()
		return
	}
	p.rows.add(entries)
	p.addedAbove, p.heldBack = 0, 0
	p.refresh()
	p.grid.ToTop()
}

// onDays shows the sums of each day, read from the disk again, or hides them.
func (p *Page) onDays() {
	if p.days.content.Visible() {
		control.SetVisible(p.days.content, false)
		return
	}
	var list []exchange.Day
	p.desk.Background(func() (err error) {
		list, err = p.engine.ActivityDays()
		return err
	}, func(err error) {
		if err != nil {
			p.desk.Inform(lang.L("The days could not be read"), lang.L("The system says: %s.", text.Cause(err)))
			return
		}
		p.days.show(list)
		p.content.Refresh()
	})
}

func (p *Page) onExport(json bool) {
	name := "bittoratio-activity-" + p.now.Format(time.DateOnly) + ".csv"
	if json {
		name = strings.TrimSuffix(name, ".csv") + ".json"
	}
	filter := p.rows.filter
	p.desk.Save(name, func(w io.Writer) error { return p.engine.ExportActivity(w, filter, json) })
}

// onOpen shows all that is known about the selected exchange.
func (p *Page) onOpen() {
	row := p.rows.row(p.chosen)
	if p.chosen == 0 || row < 0 {
		return
	}
	e := *p.rows.at(row)
	what := []string{text.Kind(e.Kind, e.Event), e.Tracker, e.At.Format(lang.L("2006-01-02 15:04:05"))}
	p.copies = nil
	p.desk.Show(strings.Join(what, ", "), p.newExchange(&e, p.engine.Heads(e.Seq)))
}
