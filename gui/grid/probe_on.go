//go:build e2e

package grid

import "fyne.io/fyne/v2"

// Headers returns the titles of the columns that sort, by key, for e2e tests.
func (g *Grid) Headers() map[string]fyne.CanvasObject {
	out := map[string]fyne.CanvasObject{}
	for _, t := range g.header.titles {
		if t.column.Key != "" {
			out[t.column.Key] = t
		}
	}
	return out
}

// Texts returns the whole texts of all rows from the top, for e2e tests.
func (g *Grid) Texts() [][]string {
	var out [][]string
	for row := range min(g.rows(), 50) {
		cells := make([]Cell, len(g.columns))
		g.cells(row, cells)
		var texts []string
		for _, c := range cells {
			texts = append(texts, c.Text)
		}
		out = append(out, texts)
	}
	return out
}
