package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// Line is one line of text without padding. If it does not fit, it ends in an ellipsis. Set redraws it only if the text
// or tone changes.
type Line struct {
	widget.BaseWidget
	text  string
	tone  theme.Tone
	size  fyne.ThemeSizeName
	style fyne.TextStyle
	align fyne.TextAlign
	min   float32 // the width that it asks for; negative for the whole text
	tip   string  // shown while the pointer rests on it
	cut   bool    // the text is shortened
}

// NewLine returns a line in a tone, in the usual size, as wide as its text.
func NewLine(text string, tone theme.Tone) *Line {
	l := &Line{text: text, tone: tone, size: fynetheme.SizeNameText, min: -1}
	l.ExtendBaseWidget(l)
	return l
}

// Sized sets the text's size. It returns the line.
func (l *Line) Sized(size fyne.ThemeSizeName) *Line { l.size = size; return l }

// Styled makes the text bold, monospaced and so on. It returns the line.
func (l *Line) Styled(style fyne.TextStyle) *Line { l.style = style; return l }

// Aligned aligns the text. It returns the line.
func (l *Line) Aligned(align fyne.TextAlign) *Line { l.align = align; return l }

// AtLeast lets the line shrink to a width. It returns the line.
func (l *Line) AtLeast(width float32) *Line { l.min = width; return l }

// Explained sets the text shown while the pointer rests on the line, below the whole text if the line is shortened. It
// returns the line.
func (l *Line) Explained(text string) *Line { l.tip = text; return l }

// MouseIn is part of desktop.Hoverable.
func (l *Line) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (l *Line) MouseMoved(e *desktop.MouseEvent) { tip.Over(l, e, l.Explanation()) }

// MouseOut is part of desktop.Hoverable.
func (l *Line) MouseOut() { tip.Leave(l) }

// Explanation returns the text that is shown while the pointer rests on it.
func (l *Line) Explanation() string {
	switch {
	case !l.cut:
		return l.tip
	case l.tip == "":
		return l.text
	}
	return l.text + "\n" + l.tip
}

// Set shows a text in a tone.
func (l *Line) Set(text string, tone theme.Tone) {
	if l.text != text || l.tone != tone {
		l.text, l.tone = text, tone
		l.Refresh()
	}
}

// Text returns the whole text.
func (l *Line) Text() string { return l.text }

// CreateRenderer is part of fyne.Widget.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{l: l, text: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type lineRenderer struct {
	l    *Line
	text *canvas.Text
}

func (r *lineRenderer) Destroy()                     {}
func (r *lineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }

func (r *lineRenderer) MinSize() fyne.Size {
	min := fyne.MeasureText(r.l.text, theme.Size(r.l.size), r.l.style)
	if r.l.min >= 0 {
		min.Width = r.l.min
	}
	return min
}

func (r *lineRenderer) Layout(size fyne.Size) {
	r.text.Resize(size)
	fit := grid.Fit(r.l.text, size.Width+0.5, r.text.TextSize, r.l.style)
	r.l.cut = fit != r.l.text
	if fit != r.text.Text {
		r.text.Text = fit
		r.text.Refresh()
	}
}

func (r *lineRenderer) Refresh() {
	r.text.TextSize, r.text.TextStyle, r.text.Alignment = theme.Size(r.l.size), r.l.style, r.l.align
	r.text.Color = theme.Color(r.l.tone.Color())
	r.Layout(r.l.Size())
	r.text.Refresh()
}
