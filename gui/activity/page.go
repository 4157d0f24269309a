//go:build !nogui

// Package activity is the page with the last exchanges, newest first: what was asked, which figure was told and why,
// and how it ended.
package activity

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/engine"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
)

// Engine is what the page asks of the engine.
type Engine interface {
	Activity(after uint64) (entries []engine.Entry, dropped uint64)
}

// Page is the page.
type Page struct {
	engine Engine
	rows   rows
	now    time.Time
	chosen uint64 // number of the selected exchange

	grid    *grid.Grid
	table   *control.Card
	missed  *control.Line
	detail  *control.Card
	what    *control.Line
	figures *control.Line
	how     *control.Line
	empty   fyne.CanvasObject
	content fyne.CanvasObject
}

// New builds the page; Show fills it.
func New(e Engine) *Page {
	p := &Page{
		engine: e, missed: control.NewLine("", theme.Muted).AtLeast(100),
		what:    control.NewLine("", theme.Plain).Styled(fyne.TextStyle{Bold: true}).AtLeast(100),
		figures: control.NewLine("", theme.Plain).AtLeast(100), how: control.NewLine("", theme.Plain).AtLeast(100),
	}
	p.grid = grid.New(columns(), func(row int, out []grid.Cell) { cells(p.rows.at(row), p.now, out) })
	p.grid.OnSelect = p.onSelect
	p.table = control.NewFrame(p.grid)
	title := control.NewLine(lang.L("Nothing has happened yet"), theme.Plain).Sized(fynetheme.SizeNameHeadingText).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignCenter)
	line := control.NewLine(lang.L("Each announce will stand here, with the figure that was told and why."), theme.Muted).Aligned(fyne.TextAlignCenter)
	p.empty = container.NewVBox(layout.NewSpacer(), title, line, layout.NewSpacer(), layout.NewSpacer())
	p.detail = control.NewCard(container.NewVBox(p.what, p.figures, p.how))
	p.detail.Hide()
	p.missed.Hide()
	below := container.NewVBox(p.missed, p.detail)
	p.content = control.Border(nil, below, nil, nil, container.NewStack(p.table, p.empty))
	return p
}

func columns() []grid.Column {
	return []grid.Column{
		{Title: lang.L("Time"), Min: 84},
		{Title: lang.L("What"), Min: 134, Weight: 1},
		{Title: lang.L("Tracker"), Min: 110, Weight: 2},
		{Title: lang.L("Torrent"), Min: 76, Mono: true},
		{Title: lang.L("Figure"), Min: 190, Weight: 2},
		{Title: lang.L("Outcome"), Min: 110, Weight: 3},
	}
}

// Content is the page's object.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Grid is the table, for tests.
func (p *Page) Grid() *grid.Grid { return p.grid }

// Show adds what happened since the last time. now is the moment the times are shown for.
func (p *Page) Show(snap *engine.Snapshot, now time.Time) {
	p.now = now
	if snap.Seq > p.rows.last {
		p.rows.add(p.engine.Activity(p.rows.last))
	}
	n := len(p.rows.entries)
	control.SetVisible(p.table, n > 0)
	control.SetVisible(p.empty, n == 0)
	control.SetVisible(p.missed, p.rows.missed > 0)
	p.missed.Set(lang.N("%s older exchanges are not kept", int(p.rows.missed), lang.Int(p.rows.missed)), theme.Muted)
	p.refresh()
}

func (p *Page) refresh() {
	row := -1
	if p.chosen > 0 {
		row = p.rows.row(p.chosen)
	}
	p.grid.Mark(row)
	p.grid.Update(len(p.rows.entries))
	control.SetVisible(p.detail, row >= 0)
	if row >= 0 {
		p.describe(p.rows.at(row))
	}
}

// describe says in full what the row may have had no room for.
func (p *Page) describe(e *engine.Entry) {
	what := []string{text.Kind(e.Kind, e.Event), e.Tracker}
	if e.Client != "" {
		what = append(what, e.Client)
	}
	p.what.Set(strings.Join(what, ", "), theme.Plain)
	figures := text.Dash
	if f := text.Figure(e); f != "" && e.Kind == engine.KindRedelivered {
		figures = lang.L("Tracker is told %s", f)
	} else if f != "" {
		figures = lang.L("Client said %s, tracker was told %s (%s)", text.Bytes(e.Seen), text.Bytes(e.Reported), f)
	}
	p.figures.Set(figures, theme.Plain)
	how, tone := outcomeOf(e)
	if e.Detail != "" {
		how += " (" + e.Detail + ")"
	}
	if e.Doubled {
		how += ", " + lang.L("an exact repeat, answered with the first one's answer")
	}
	p.how.Set(how, tone)
}

func (p *Page) onSelect(row int) {
	p.chosen = 0
	if row >= 0 {
		p.chosen = p.rows.at(row).Seq
	}
	p.refresh()
}
