// Package grid is a table of text: a header that sorts, and rows of which only the visible ones exist as widgets.
// Fyne's own table neither sorts nor selects rows, and lays out each cell again at each refresh. The package gets its
// texts from the page: it knows nothing about torrents or the engine. It asks for the number of rows whenever it needs
// it, because Fyne may lay out or draw a table after the rows changed and before the page calls [Grid.Update].
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
	Key    string  // names the sort; empty if the column does not sort
	Title  string  // in the header
	Tip    string  // explains the title; empty for no explanation
	Min    float32 // its least width
	Weight float32 // its share of the remaining width; 0 for none
	Lead   float32 // extra padding before its text, for example after a column of numbers
	Align  fyne.TextAlign
	Mono   bool
	Icon   bool // its cells may have an icon before the text
}

// lift returns how far to raise a monospaced text, which sits lower, to the baseline of the others.
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
	Indent float32       // extra padding before its icon and its text, for example for a file in a folder
}

// Grid is the table. Set OnSort and OnSelect before it is shown.
type Grid struct {
	widget.BaseWidget

	OnSort   func(key string)                // a header was clicked
	OnSelect func(row int)                   // the user chose a row; -1 when none is left
	OnTap    func(row int)                   // a row was clicked, after OnSelect; nil if a click only chooses
	OnOpen   func(row int)                   // the user pressed Enter on a row; nil if rows do not open
	OnMenu   func(row int, at fyne.Position) // the user opens the menu of a row, at a place in the window
	OnEnd    func()                          // the last rows are nearly in view; nil if there are never more rows
	OnWidths func(widths string)             // the user changed the widths of columns, to be saved; may be nil

	// The page keeps the set of chosen rows if several can be chosen; these are nil if only one can be.
	Marked   func(row int) bool // reports whether a row is chosen
	OnToggle func(row int)      // a click with Ctrl: choose the row beside the others, or deselect it
	OnRange  func(row int)      // a click or an arrow key with Shift: choose all rows from the last chosen one to this one
	OnAll    func()             // Ctrl+A
	OnDelete func()             // Delete, while a row is chosen

	columns  []Column
	rows     func() int
	cells    func(row int, out []Cell)
	hidden   map[string]bool // by key; nil if the user cannot hide columns
	own      map[int]width   // of columns whose width the user changed
	updated  int             // how many rows the last Update found
	selected int             // may be a row that no longer exists: see Selected
	header   *header
	body     *body
	scroll   *container.Scroll
}

// New returns a table. rows returns the number of rows now; cells fills the texts of one row, and is called for visible
// rows only.
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

// Update shows the rows as they are now. It leaves texts alone that did not change.
func (g *Grid) Update() {
	if rows := g.rows(); rows != g.updated {
		g.updated = rows
		g.selected = g.Selected()
		g.body.resize()
		g.scroll.Refresh()
	}
	g.body.update()
}

// end calls OnEnd if the last rows are in view, or within one more view.
func (g *Grid) end() {
	if g.OnEnd != nil && g.scroll.Offset.Y+2*g.scroll.Size().Height > float32(g.rows())*rowHeight {
		g.OnEnd()
	}
}

// AtTop reports whether the first row is in view.
func (g *Grid) AtTop() bool { return g.scroll.Offset.Y < rowHeight }

// Offset returns how far the rows are scrolled, in Fyne's units.
func (g *Grid) Offset() float32 { return g.scroll.Offset.Y }

// ToTop brings the first row into view.
func (g *Grid) ToTop() {
	g.scroll.ScrollToTop()
	g.body.update()
}

// Shift scrolls down by a number of rows. So the view stays the same after that many rows were inserted at the top.
// Call it after Update.
func (g *Grid) Shift(rows int) {
	g.scroll.ScrollToOffset(fyne.NewPos(0, max(0, g.scroll.Offset.Y+float32(rows)*rowHeight)))
	g.body.update()
}

// SetSort marks the sorted column.
func (g *Grid) SetSort(key string, descending bool) { g.header.setSort(key, descending) }

// HideColumns sets the keys of the hidden columns. Give an empty map, not nil, if the user can hide columns.
func (g *Grid) HideColumns(keys map[string]bool) {
	g.hidden = keys
	g.relayout()
}

// Mark marks a row as chosen; -1 for none. It calls no callback.
func (g *Grid) Mark(row int) {
	if row != g.selected {
		g.selected = row
		g.body.update()
	}
}

// Words returns the cells of a row with their titles, one per line.
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

// HeightOf returns the height of a table with a number of rows in view.
func HeightOf(rows int) float32 { return headerHeight + edge + float32(rows)*rowHeight }

// Rows returns the number of rows.
func (g *Grid) Rows() int { return g.rows() }

// Hovered reports whether the pointer is over a row.
func (g *Grid) Hovered() bool { return g.body.hovered >= 0 && g.body.hovered < g.rows() }

// Body returns the object that takes the keyboard's focus for the rows.
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

// choose chooses a row as the user does, and scrolls it into view.
func (g *Grid) choose(row int) {
	g.goTo(row, g.OnSelect)
}

// goTo scrolls to a row and makes it the keyboard's row. Then it calls do, which may be nil.
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

// Reveal scrolls a row into view; it does nothing for -1.
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

// maxMinWidth limits the least width of a table whose columns the user can hide. If more columns are shown, they get
// narrower.
const maxMinWidth float32 = 760

// minWidth returns the least width, for text of the usual size: a larger text does not make the window wider.
func (g *Grid) minWidth() float32 {
	w := 2 * edge
	for i, c := range g.columns {
		if !g.hidden[c.Key] {
			w += g.widthOf(i).min
		}
	}
	if g.hidden != nil {
		return min(w, maxMinWidth)
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
	gap          float32 = 4 // left and right of a cell's text
	edge         float32 = 6 // left and right of the table
)
