package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// Chip is one choice of [Chips]: a word, and the number of rows that it leaves.
type Chip struct {
	Word, Count string
	Tip         string // explains the word
	Hidden      bool   // not offered now
}

// Chips are choices side by side, one of which is chosen. Like [Tabs] they take the keyboard's focus as a whole; the
// left and right keys choose. If there is too little room, the words are shortened.
type Chips struct {
	strip[*chip]
	OnChosen func(index int)
}

// NewChips returns n chips without words, the first one chosen. chosen is called with the chip that the user chooses.
func NewChips(n int, chosen func(index int)) *Chips {
	c := &Chips{OnChosen: chosen}
	for i := range n {
		item := &chip{row: c, index: i}
		item.ExtendBaseWidget(item)
		item.Attach(item)
		c.items = append(c.items, item)
	}
	c.self = c
	c.ExtendBaseWidget(c)
	return c
}

// Set shows the chips, and which one is chosen, -1 for none. It calls no callback.
func (c *Chips) Set(chips []Chip, chosen int) {
	changed := c.current != chosen
	c.current = chosen
	for i, item := range c.items {
		changed = changed || item.what != chips[i]
		item.what = chips[i]
		item.Hidden = chips[i].Hidden && i != chosen
	}
	if changed {
		c.Refresh()
	}
}

// Choose chooses a chip as if the user did.
func (c *Chips) Choose(index int) {
	if c.OnChosen != nil {
		c.OnChosen(index)
	}
}

// TypedKey is part of fyne.Focusable.
func (c *Chips) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.Choose(max(c.current, 0))
	default:
		c.strip.TypedKey(e)
	}
}

// AccessibilityLabel returns the chosen chip, or the first one if none is chosen.
func (c *Chips) AccessibilityLabel() string { return c.items[max(c.current, 0)].label() }

// AccessibilityRole is part of fyne.Accessible.
func (c *Chips) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// CreateRenderer is part of fyne.Widget.
func (c *Chips) CreateRenderer() fyne.WidgetRenderer {
	r := &chipsRenderer{c: c}
	for _, i := range c.items {
		r.objects = append(r.objects, i)
	}
	return r
}

type chipsRenderer struct {
	c       *Chips
	objects []fyne.CanvasObject
}

func (r *chipsRenderer) Destroy()                     {}
func (r *chipsRenderer) Objects() []fyne.CanvasObject { return r.objects }

// MinSize returns the width of all words, but at most chipsMinWidth: below that, the words are shortened.
func (r *chipsRenderer) MinSize() fyne.Size {
	return fyne.NewSize(min(r.wanted()-chipGap, chipsMinWidth), chipHeight)
}

// wanted returns the width of all words, with a gap after each.
func (r *chipsRenderer) wanted() (width float32) {
	for _, i := range r.c.items {
		if !i.Hidden {
			width += i.MinSize().Width + chipGap
		}
	}
	return width
}

// Layout gives each chip the width of its words, or the same share of it if there is too little room.
func (r *chipsRenderer) Layout(size fyne.Size) {
	share := min(1, (size.Width+chipGap)/max(r.wanted(), 1))
	x := float32(0)
	for _, i := range r.c.items {
		if i.Hidden {
			continue
		}
		w := (i.MinSize().Width+chipGap)*share - chipGap
		i.Move(fyne.NewPos(x, (size.Height-chipHeight)/2))
		i.Resize(fyne.NewSize(w, chipHeight))
		x += w + chipGap
	}
}

func (r *chipsRenderer) Refresh() {
	r.Layout(r.c.Size())
	for _, i := range r.c.items {
		i.Refresh()
	}
	canvas.Refresh(r.c)
}

// Sizes of chips, in Fyne's units.
const (
	chipsMinWidth float32 = 200 // the most that chips ask for; in less room their words are shortened
	chipHeight    float32 = 24
	chipGap       float32 = 5
	chipInset     float32 = 9 // padding left and right of the words
	chipCount     float32 = 5 // between the word and its count
)

// chip is one chip.
type chip struct {
	widget.BaseWidget
	row *Chips
	tip.Hover
	index int
	what  Chip
}

func (c *chip) label() string {
	if c.what.Count == "" {
		return c.what.Word
	}
	return c.what.Word + " " + c.what.Count
}

// Tapped is part of fyne.Tappable.
func (c *chip) Tapped(*fyne.PointEvent) {
	tip.Hide(c)
	c.row.Choose(c.index)
}

// Explanation returns the text that is shown while the pointer rests on it.
func (c *chip) Explanation() string { return c.what.Tip }

// Cursor is part of desktop.Cursorable.
func (c *chip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// AccessibilityLabel returns the word with its count.
func (c *chip) AccessibilityLabel() string { return c.label() }

// AccessibilityRole is part of fyne.Accessible.
func (c *chip) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is part of fyne.Widget.
func (c *chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{c: c, background: canvas.NewRectangle(color.Transparent), word: canvas.NewText("", nil), count: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type chipRenderer struct {
	c           *chip
	background  *canvas.Rectangle
	word, count *canvas.Text
}

func (r *chipRenderer) Destroy() {}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.background, r.word, r.count}
}

func (r *chipRenderer) MinSize() fyne.Size {
	size := theme.Size(fynetheme.SizeNameCaptionText)
	w := 2*chipInset + fyne.MeasureText(r.c.what.Word, size, fyne.TextStyle{}).Width
	if r.c.what.Count != "" {
		w += chipCount + fyne.MeasureText(r.c.what.Count, size, fyne.TextStyle{}).Width
	}
	return fyne.NewSize(w, chipHeight)
}

func (r *chipRenderer) Layout(size fyne.Size) {
	r.background.Resize(size)
	count := r.count.MinSize().Width
	if r.c.what.Count == "" {
		count = -chipCount
	}
	room := size.Width - 2*chipInset - chipCount - count
	r.word.Text = grid.Fit(r.c.what.Word, room+0.5, r.word.TextSize, r.word.TextStyle)
	r.word.Move(fyne.NewPos(chipInset, 0))
	r.word.Resize(fyne.NewSize(room, size.Height))
	r.count.Move(fyne.NewPos(chipInset+room+chipCount, 0))
	r.count.Resize(fyne.NewSize(count, size.Height))
}

func (r *chipRenderer) Refresh() {
	chosen := r.c.row.current == r.c.index
	r.word.TextSize = theme.Size(fynetheme.SizeNameCaptionText)
	r.count.TextSize = r.word.TextSize
	r.count.Text = r.c.what.Count
	r.word.Color, r.count.Color = theme.Color(fynetheme.ColorNameForeground), theme.Color(fynetheme.ColorNamePlaceHolder)
	r.background.CornerRadius = chipHeight / 2
	r.background.FillColor, r.background.StrokeColor, r.background.StrokeWidth = color.Transparent, theme.Color(fynetheme.ColorNameInputBorder), 1
	switch {
	case chosen:
		r.background.FillColor, r.background.StrokeColor = theme.Color(fynetheme.ColorNamePrimary), theme.Color(fynetheme.ColorNamePrimary)
		r.word.Color = theme.Color(fynetheme.ColorNameForegroundOnPrimary)
		r.count.Color = r.word.Color
	case r.c.Hovered():
		r.background.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	if r.c.row.focused && r.c.index == max(r.c.row.current, 0) {
		r.background.StrokeColor, r.background.StrokeWidth = theme.Color(fynetheme.ColorNameFocus), 2.5
	}
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}
