//go:build !nogui

// Package torrents is the page with one row a session: what the client said, what its tracker was told, and what the
// tracker answered. Below the table stand the announces that are kept for later.
package torrents

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Deliver(id uint64)
	Forget(id uint64)
}

// Options are what the page needs from the window around it.
type Options struct {
	Engine   Engine
	Sort     Sort
	OnSort   func(Sort) // to be remembered
	SwitchOn func()
	SetUp    func() // turn to the page that tells how to point a client here
	Ask      func(title, question, yes string, do func())
	Now      func() time.Time
}

// Page is the page.
type Page struct {
	options Options
	rows    rows
	sort    Sort
	now     time.Time
	chosen  string // ID of the selected torrent

	grid    *grid.Grid
	table   *control.Card
	empty   *empty
	detail  *detail
	waiting *waiting
	content fyne.CanvasObject
}

// New builds the page; Show fills it.
func New(o Options) *Page {
	p := &Page{options: o, sort: o.Sort}
	if compare[p.sort.Key] == nil {
		p.sort = DefaultSort
	}
	p.grid = grid.New(columns(), func(row int, out []grid.Cell) { cells(p.rows.at(row), p.now, out) })
	p.grid.SetSort(p.sort.Key, p.sort.Descending)
	p.grid.OnSort = p.onSort
	p.grid.OnSelect = p.onSelect
	p.table = control.NewFrame(p.grid)
	p.empty = newEmpty(o.SwitchOn, o.SetUp)
	p.detail = newDetail(o.Now, p.onClose)
	p.waiting = newWaiting(o)
	below := container.NewVBox(p.detail.content, p.waiting.content)
	p.content = control.Border(nil, below, nil, nil, container.NewStack(p.table, p.empty.content))
	return p
}

func columns() []grid.Column {
	const end = fyne.TextAlignTrailing
	return []grid.Column{
		{Key: "hash", Title: lang.L("Torrent"), Min: 74, Mono: true},
		{Key: "tracker", Title: lang.L("Tracker"), Min: 88, Weight: 2.4},
		{Key: "client", Title: lang.L("Client"), Min: 78, Weight: 2.6},
		{Key: "event", Title: lang.L("Event"), Min: 74},
		{Key: "seen", Title: lang.L("Seen"), Min: 66, Weight: 0.3, Align: end},
		{Key: "told", Title: lang.L("Told"), Min: 66, Weight: 0.3, Align: end},
		{Key: "credit", Title: lang.L("Credit"), Min: 74, Weight: 0.3, Align: end},
		{Key: "peers", Title: lang.L("S / L"), Min: 60, Weight: 0.2, Align: end},
		{Key: "answer", Title: lang.L("Last answer"), Min: 80, Weight: 4, Lead: 8},
		{Key: "last", Title: lang.L("Ago"), Min: 52, Weight: 0.4, Align: end},
		{Key: "next", Title: lang.L("Next in"), Min: 54, Weight: 0.4, Align: end},
	}
}

// Content is the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Grid is the table, for tests.
func (p *Page) Grid() *grid.Grid { return p.grid }

// Show shows a snapshot. now is the moment that relative times count from.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	p.now = now
	p.rows.rowsOf(snap.Torrents, p.sort)
	control.SetVisible(p.table, len(snap.Torrents) > 0)
	control.SetVisible(p.empty.content, len(snap.Torrents) == 0)
	p.empty.show(snap)
	p.waiting.show(snap.Waiting, now)
	p.refresh()
}

func (p *Page) refresh() {
	row := p.rows.find(p.chosen)
	p.grid.Mark(row)
	p.grid.Update(len(p.rows.torrents))
	if row < 0 {
		p.detail.show(nil, p.now)
		return
	}
	p.detail.show(p.rows.at(row), p.now)
}

func (p *Page) onSort(key string) {
	p.sort = p.sort.clicked(key)
	p.grid.SetSort(p.sort.Key, p.sort.Descending)
	p.rows.rowsOf(p.rows.torrents, p.sort)
	p.refresh()
	p.options.OnSort(p.sort)
}

func (p *Page) onSelect(row int) {
	p.chosen = ""
	if row >= 0 {
		p.chosen = p.rows.at(row).ID
	}
	p.refresh()
}

func (p *Page) onClose() { p.onSelect(-1) }
