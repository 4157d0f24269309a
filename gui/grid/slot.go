package grid

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/theme"
)

// slot has the objects for the texts of one row in view. It is reused for another row as the rows scroll.
type slot struct {
	columns []Column
	row     int // -1 if the texts must be set again
	cells   []Cell
	texts   []*canvas.Text
	icons   []*canvas.Image // nil for a column without icons
}

const iconSize float32 = 16

func newSlot(columns []Column) *slot {
	s := &slot{columns: columns, row: -1, cells: make([]Cell, len(columns))}
	for _, c := range columns {
		t := canvas.NewText("", nil)
		t.Alignment, t.TextStyle.Monospace = c.Align, c.Mono
		s.texts = append(s.texts, t)
		var icon *canvas.Image
		if c.Icon {
			icon = &canvas.Image{FillMode: canvas.ImageFillContain}
			icon.Resize(fyne.NewSquareSize(iconSize))
			icon.Hide()
		}
		s.icons = append(s.icons, icon)
	}
	return s
}

func (s *slot) hide() {
	if s.row < 0 && !s.texts[0].Visible() {
		return
	}
	s.row = -1
	for i := range s.texts {
		s.hideCell(i)
	}
}

// show sets only the texts that changed, because setting a text redraws it.
func (s *slot) show(row int, cells []Cell, widths []float32) {
	fresh := s.row < 0
	x, size := edge, theme.Size(fynetheme.SizeNameText)
	for i, t := range s.texts {
		if widths[i] == 0 { // the column is hidden
			s.hideCell(i)
			continue
		}
		lead, width := gap+s.columns[i].Lead+cells[i].Indent, widths[i]-2*gap-s.columns[i].Lead-cells[i].Indent
		moved := fresh || cells[i].Indent != s.cells[i].Indent
		if s.icons[i] != nil {
			s.showIcon(i, cells[i].Icon, fyne.NewPos(x+lead, float32(row)*rowHeight+(rowHeight-iconSize)/2))
			lead, width = lead+iconSize+gap, width-iconSize-gap
		}
		if fresh {
			t.TextSize = size
			t.Show()
		}
		if moved {
			t.Resize(fyne.NewSize(max(width, 0), rowHeight))
		}
		if moved || row != s.row {
			t.Move(fyne.NewPos(x+lead, float32(row)*rowHeight-s.columns[i].lift()))
		}
		if fresh || cells[i] != s.cells[i] {
			s.cells[i] = cells[i]
			t.Text = Fit(cells[i].Text, width, size, t.TextStyle)
			t.Color = theme.Color(cells[i].Tone.Color())
			t.Refresh()
		}
		x += widths[i]
	}
	s.row = row
}

// hideCell hides a cell unless it is hidden already, because Fyne draws the window again at each call of Hide.
func (s *slot) hideCell(i int) {
	if s.texts[i].Visible() {
		s.texts[i].Hide()
	}
	if m := s.icons[i]; m != nil && m.Visible() {
		m.Hide()
	}
}

// showIcon sets the image only if it changed.
func (s *slot) showIcon(i int, icon fyne.Resource, at fyne.Position) {
	m := s.icons[i]
	if icon == nil {
		if m.Visible() {
			m.Hide()
		}
		return
	}
	if m.Position() != at {
		m.Move(at)
	}
	if m.Resource != icon || s.row < 0 {
		m.Resource = icon
		m.Refresh()
	}
	if m.Hidden {
		m.Show()
	}
}

// isASCII reports whether a text has ASCII letters only, none of which is wider than the text size.
func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Fit returns the text, or as much of its beginning as fits into the width with an ellipsis.
func Fit(text string, width, size float32, style fyne.TextStyle) string {
	surely := text == "" || float32(len(text))*size <= width && isASCII(text) // BenchmarkRefresh10000 shows the gain
	if surely || fyne.MeasureText(text, size, style).Width <= width {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes)-1
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"…", size, style).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return string(runes[:low]) + "…"
}
