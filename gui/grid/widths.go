package grid

import (
	"fmt"
	"strconv"
	"strings"

	"bittoratio/gui/theme"
)

// width is what a column gets of the width: at least min, and a share of the rest by weight.
type width struct{ min, weight float32 }

// minColumnWidth is the least width that the user can give a column.
const minColumnWidth float32 = 36

// widthOf returns the column's default width, or the one that the user gave it, for text of the usual size.
func (g *Grid) widthOf(i int) width {
	if w, own := g.own[i]; own {
		return w
	}
	return width{g.columns[i].Min, g.columns[i].Weight}
}

// minOf returns a column's least width for the current text size.
func (g *Grid) minOf(i int) float32 { return g.widthOf(i).min * theme.Scale() }

// widths returns the columns' widths in a table of a total width.
func (g *Grid) widths(total float32) []float32 {
	out, _, _ := g.share(total)
	return out
}

// share returns the same as widths. It also returns the width for a weight of 1, and the factor below 1 by which all
// least widths shrink if there is too little room.
func (g *Grid) share(total float32) (out []float32, unit, scale float32) {
	scale = 1
	out = make([]float32, len(g.columns))
	room := max(total-2*edge, 0)
	wanted, weights := float32(0), float32(0)
	for i, c := range g.columns {
		if g.hidden[c.Key] {
			continue
		}
		out[i] = g.minOf(i)
		wanted += out[i]
		weights += g.widthOf(i).weight
	}
	if wanted < room && weights > 0 {
		unit = (room - wanted) / weights
	}
	// The user may show more columns than fit, and a larger text does not make the window wider.
	if wanted > room && (g.hidden != nil || theme.Scale() > 1) {
		scale = room / wanted
	}
	for i := range g.columns {
		if out[i] > 0 {
			out[i] = out[i]*scale + unit*g.widthOf(i).weight
		}
	}
	return out, unit, scale
}

// move makes a column wider, and the next visible one narrower by the same amount; start are the widths before the
// drag. All other columns keep their widths, and their shares of a larger window.
func (g *Grid) move(column int, by float32, start []float32) {
	next := g.after(column)
	if next < 0 {
		return
	}
	_, unit, scale := g.share(g.header.Size().Width)
	both := (start[column] + start[next]) / scale
	least := minColumnWidth * theme.Scale()
	wide := min(max((start[column]+by)/scale, least), both-least)
	g.give(column, wide/theme.Scale(), unit/theme.Scale())
	g.give(next, (both-wide)/theme.Scale(), unit/theme.Scale())
	g.relayout()
}

// give sets a column's width; unit is the width for a weight of 1. Both are for text of the usual size. If there is no
// width to share, the column keeps its weight.
func (g *Grid) give(column int, wide, unit float32) {
	if g.own == nil {
		g.own = map[int]width{}
	}
	switch least := g.columns[column].Min; {
	case unit == 0:
		g.own[column] = width{wide, g.widthOf(column).weight}
	case wide > least:
		g.own[column] = width{least, (wide - least) / unit}
	default:
		g.own[column] = width{wide, 0}
	}
}

// after returns the next visible column, or -1.
func (g *Grid) after(column int) int {
	for i := column + 1; i < len(g.columns); i++ {
		if !g.hidden[g.columns[i].Key] {
			return i
		}
	}
	return -1
}

// relayout lays out the table after a change of widths.
func (g *Grid) relayout() {
	g.header.Refresh()
	if g.body.draw != nil {
		g.body.draw.Layout(g.body.Size())
	}
}

// ResetWidths gives all columns their default widths.
func (g *Grid) ResetWidths() {
	g.own = nil
	g.relayout()
	g.notifyWidths()
}

func (g *Grid) notifyWidths() {
	if g.OnWidths != nil {
		g.OnWidths(g.Widths())
	}
}

// Widths returns the widths that the user changed, as a text to be saved; empty if there are none.
func (g *Grid) Widths() string {
	var words []string
	for i := range g.columns {
		if w, own := g.own[i]; own {
			words = append(words, fmt.Sprintf("%s=%.4g+%.4g", g.name(i), w.min, w.weight))
		}
	}
	return strings.Join(words, ",")
}

// SetWidths restores widths that [Grid.Widths] returned, and ignores invalid ones.
func (g *Grid) SetWidths(words string) {
	g.own = map[int]width{}
	for word := range strings.SplitSeq(words, ",") {
		name, value, _ := strings.Cut(word, "=")
		var w width
		if n, err := fmt.Sscanf(value, "%f+%f", &w.min, &w.weight); n != 2 || err != nil || !(w.min >= minColumnWidth && w.min < 5000) || !(w.weight >= 0 && w.weight < 1000) {
			continue
		}
		for i := range g.columns {
			if g.name(i) == name {
				g.own[i] = w
			}
		}
	}
}

// name returns a column's name in the saved widths.
func (g *Grid) name(column int) string {
	if key := g.columns[column].Key; key != "" {
		return key
	}
	return strconv.Itoa(column)
}

// CutTitles returns the titles that are shortened, for tests.
func (g *Grid) CutTitles() (out []string) {
	for _, t := range g.header.titles {
		if !t.Hidden && t.cut {
			out = append(out, t.column.Title)
		}
	}
	return out
}
