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

// Light is a coloured dot with a sentence. A click on it goes to the subject of the sentence.
type Light struct {
	widget.BaseWidget
	tip.Hover
	OnTapped func()

	line    *Line
	tone    theme.Tone
	focused bool
}

// NewLight returns a light without a sentence.
func NewLight(tapped func()) *Light {
	l := &Light{OnTapped: tapped, line: NewLine("", theme.Plain).Sized(fynetheme.SizeNameCaptionText).AtLeast(120)}
	l.ExtendBaseWidget(l)
	l.Attach(l)
	return l
}

// Set shows a sentence, and its tone in the dot. The sentence has the colour of other text, so that everyone can read
// it.
func (l *Light) Set(words string, tone theme.Tone) {
	l.line.Set(words, theme.Plain)
	if l.tone != tone {
		l.tone = tone
		l.Refresh()
	}
}

// Explanation returns the text that is shown while the pointer rests on it.
func (l *Light) Explanation() string { return l.line.Explanation() }

// Explained sets the text shown while the pointer rests on the light. It returns the light.
func (l *Light) Explained(text string) *Light { l.line.Explained(text); return l }

// Text returns the sentence.
func (l *Light) Text() string { return l.line.Text() }

// Tone returns the tone of the dot.
func (l *Light) Tone() theme.Tone { return l.tone }

// Tapped is part of fyne.Tappable.
func (l *Light) Tapped(*fyne.PointEvent) {
	tip.Hide(l)
	l.OnTapped()
}

// Cursor is part of desktop.Cursorable.
func (l *Light) Cursor() desktop.Cursor { return desktop.PointerCursor }

// TypedKey is part of fyne.Focusable.
func (l *Light) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		l.OnTapped()
	default:
		grid.PassKey(l, e)
	}
}

// TypedRune is part of fyne.Focusable.
func (l *Light) TypedRune(rune) {}

// FocusGained is part of fyne.Focusable.
func (l *Light) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost is part of fyne.Focusable.
func (l *Light) FocusLost() { l.focused = false; l.Refresh() }

// CreateRenderer is part of fyne.Widget.
func (l *Light) CreateRenderer() fyne.WidgetRenderer {
	r := &lightRenderer{l: l, dot: canvas.NewCircle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type lightRenderer struct {
	l    *Light
	dot  *canvas.Circle
	ring *canvas.Rectangle
}

// The dot is as large as a small letter; the sentence follows it.
const (
	dotSize float32 = 10
	dotRoom float32 = dotSize + 7
	ringOut float32 = 2 // the ring is around the sentence
)

func (r *lightRenderer) Destroy() {}

func (r *lightRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.dot, r.l.line}
}

func (r *lightRenderer) MinSize() fyne.Size {
	return r.l.line.MinSize().AddWidthHeight(dotRoom, 0)
}

func (r *lightRenderer) Layout(size fyne.Size) {
	r.dot.Move(fyne.NewPos(0, (size.Height-dotSize)/2))
	r.dot.Resize(fyne.NewSquareSize(dotSize))
	r.l.line.Move(fyne.NewPos(dotRoom, 0))
	r.l.line.Resize(size.SubtractWidthHeight(dotRoom, 0))
	r.ring.Move(fyne.NewPos(-2*ringOut, -ringOut))
	r.ring.Resize(size.AddWidthHeight(2*ringOut, 2*ringOut))
}

func (r *lightRenderer) Refresh() {
	r.dot.FillColor = theme.Color(r.l.tone.Color())
	r.ring.Hidden = !r.l.focused
	r.ring.StrokeWidth, r.ring.StrokeColor = 1.5, theme.Color(fynetheme.ColorNameFocus)
	r.ring.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.dot.Refresh()
	r.ring.Refresh()
	r.l.line.Refresh()
}
