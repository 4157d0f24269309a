// Package grid is a table of text: a header that sorts, and rows of which only the visible ones exist as widgets.
// Fyne's own table neither sorts nor selects rows, and lays each cell out again at each refresh. The package knows no
// torrents and no engine: it is given strings. It asks for the number of rows whenever it needs it, because Fyne may
// lay out or draw a table between a change of the rows and the page's [Grid.Update].
package grid

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Column is one column. Widths are in Fyne's units.
type Column struct {
	Key    string  // names the sort; empty where the column does not sort
	Title  string  // in the header
	Tip    string  // explains the title; empty where it needs no words
	Min    float32 // the width it has at least
	Weight float32 // its share of the width that is left over; 0 for none
	Lead   float32 // more room before its text, for example after a column of numbers
	Align  fyne.TextAlign
	Mono   bool
	Icon   bool // its cells may have an icon before the text
}

// lift raises a monospaced text, which sits lower, to the baseline of the others.
func (c *Column) lift() float32 {
	if c.Mono {
		return 1
	}
	return 0
}

// Cell is one text of a row.
type Cell struct {
	Text   string
	Tone   theme.Tone
	Icon   fyne.Resource // nil for none
	Indent float32       // more room before its icon and its text, for example for a file in a folder
}

// Grid is the table. Set OnSort and OnSelect before it is shown.
type Grid struct {
	widget.BaseWidget

	OnSort   func(key string)                // a header was clicked
	OnSelect func(row int)                   // the user chose a row; -1 when none is left
	OnTap    func(row int)                   // a row was clicked, after OnSelect; nil where that chooses it and no more
	OnOpen   func(row int)                   // the user pressed Enter on a row; nil where rows do not open
	OnMenu   func(row int, at fyne.Position) // the user opens the menu of a row, at a place of the window
	OnEnd    func()                          // the last rows came into view; nil where there are never more
	OnWidths func(widths string)             // the user gave columns other widths, to be remembered; may be nil

	// If several rows can be chosen, the page keeps which. Nil if only one can be.
	Marked   func(row int) bool // reports whether a row is chosen
	OnToggle func(row int)      // a click with Ctrl: the row is chosen beside the others, or deselected
	OnRange  func(row int)      // a click or an arrow key with Shift: all rows from the last one chosen to this one
	OnAll    func()             // Ctrl and A
	OnDelete func()             // Delete, while a row is chosen

	columns  []Column
	rows     func() int
	cells    func(row int, out []Cell)
	hidden   map[string]bool // by key; nil where the user cannot hide any
	own      map[int]width   // of columns that the user made wider or narrower
	updated  int             // how many rows the last Update found
	selected int             // may be gone since: see Selected
	header   *header
	body     *body
	scroll   *container.Scroll
}

// New returns a table. rows returns how many rows there are now; cells fills the texts of one row, and is called for
// visible rows only.
func New(columns []Column, rows func() int, cells func(row int, out []Cell)) *Grid {
	g := &Grid{columns: columns, rows: rows, cells: cells, selected: -1}
	g.header = newHeader(g)
	g.body = newBody(g)
	g.scroll = container.NewVScroll(g.body)
	g.scroll.OnScrolled = func(fyne.Position) {
		g.body.update()
		g.end()
	}
	g.ExtendBaseWidget(g)
	return g
}

// Update shows the rows as they are now. A text that did not change is not touched.
func (g *Grid) Update() {
	if rows := g.rows(); rows != g.updated {
		g.updated = rows
		g.selected = g.Selected()
		g.body.resize()
		g.scroll.Refresh()
	}
	g.body.update()
}

// end reports that the last rows are in view, or nearly.
func (g *Grid) end() {
	if g.OnEnd != nil && g.scroll.Offset.Y+2*g.scroll.Size().Height > float32(g.rows())*rowHeight {
		g.OnEnd()
	}
}

// AtTop reports whether the first row is in view.
func (g *Grid) AtTop() bool { return g.scroll.Offset.Y < rowHeight }

// Offset returns how far it is scrolled, in Fyne's units.
func (g *Grid) Offset() float32 { return g.scroll.Offset.Y }

// ToTop brings the first row into view.
func (g *Grid) ToTop() {
	g.scroll.ScrollToTop()
	g.body.update()
}

// Shift scrolls down by n rows, so that the rows in view stay in view after n rows were inserted above them. Call it
// after Update.
func (g *Grid) Shift(rows int) {
	g.scroll.ScrollToOffset(fyne.NewPos(0, max(0, g.scroll.Offset.Y+float32(rows)*rowHeight)))
	g.body.update()
}

// SetSort marks the sorted column.
func (g *Grid) SetSort(key string, descending bool) { g.header.setSort(key, descending) }

// HideColumns sets the columns that are not shown, by their keys; none is empty, not nil.
func (g *Grid) HideColumns(keys map[string]bool) {
	g.hidden = keys
	g.relayout()
}

// Mark shows a row as chosen without calling a callback; -1 for none.
func (g *Grid) Mark(row int) {
	if row != g.selected {
		g.selected = row
		g.body.update()
	}
}

// Words returns the cells of a row with their titles, a line each.
func (g *Grid) Words(row int) string {
	cells := make([]Cell, len(g.columns))
	g.cells(row, cells)
	var lines []string
	for i, c := range g.columns {
		lines = append(lines, c.Title+": "+cells[i].Text)
	}
	return strings.Join(lines, "\n")
}

// Selected returns the chosen row, or -1.
func (g *Grid) Selected() int {
	if g.selected >= g.rows() {
		return -1
	}
	return g.selected
}

// HeightOf returns the height in which n rows are in view.
func HeightOf(rows int) float32 { return headerHeight + edge + float32(rows)*rowHeight }

// Rows returns how many rows there are.
func (g *Grid) Rows() int { return g.rows() }

// Hovered reports whether the pointer is over a row.
func (g *Grid) Hovered() bool { return g.body.hovered >= 0 && g.body.hovered < g.rows() }

// Body returns where the rows are, for the keyboard's focus.
func (g *Grid) Body() fyne.Focusable { return g.body }

// Header returns the object of a column's title, for tests; nil if there is no such column.
func (g *Grid) Header(key string) fyne.CanvasObject {
	for i := range g.columns {
		if g.columns[i].Key == key {
			return g.header.titles[i]
		}
	}
	return nil
}

// choose selects a row as the user does, and brings it into view.
func (g *Grid) choose(row int) {
	g.goTo(row, g.OnSelect)
}

// goTo scrolls to a row and makes it the keyboard's row; then it calls do, which may be nil.
func (g *Grid) goTo(row int, do func(row int)) {
	rows := g.rows()
	if rows == 0 {
		return
	}
	row = min(max(row, 0), rows-1)
	g.selected = row
	g.Reveal(row)
	g.body.update()
	if do != nil {
		do(row)
	}
	g.end()
}

// marked reports whether a row is chosen.
func (g *Grid) marked(row int) bool {
	return row == g.selected || g.Marked != nil && row < g.rows() && g.Marked(row)
}

// Reveal brings a row into view; -1 is none.
func (g *Grid) Reveal(row int) {
	if row < 0 {
		return
	}
	y, h := float32(row)*rowHeight, g.scroll.Size().Height
	switch {
	case y < g.scroll.Offset.Y:
		g.scroll.ScrollToOffset(fyne.NewPos(0, y))
	case y+rowHeight > g.scroll.Offset.Y+h:
		g.scroll.ScrollToOffset(fyne.NewPos(0, y+rowHeight-h))
	}
	g.body.update()
}

// mostMin limits the least width of a table whose columns the user chooses: with more columns they are narrower.
const mostMin float32 = 760

// minWidth is the least width for text of the usual size: no window grows with its text.
func (g *Grid) minWidth() float32 {
	w := 2 * edge
	for i, c := range g.columns {
		if !g.hidden[c.Key] {
			w += g.widthOf(i).least
		}
	}
	if g.hidden != nil {
		return min(w, mostMin)
	}
	return w
}

// CreateRenderer is part of fyne.Widget.
func (g *Grid) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewBorder(g.header, nil, nil, nil, g.scroll))
}

// Sizes of a row, in Fyne's units.
const (
	rowHeight    float32 = 29
	headerHeight float32 = 30
	gap          float32 = 4 // on each side of a cell's text
	edge         float32 = 6 // left and right of the table
)
