package tip

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/theme"
)

// Sizes of an explanation, in Fyne's units.
const (
	widest float32 = 320 // a line of text
	inner  float32 = 8   // between its edge and its text
	below  float32 = 20  // from the pointer down
	beside float32 = 10  // from the pointer to the right
	border float32 = 4   // to the edge of the window
)

// CreateRenderer is part of fyne.Widget.
func (l *Layer) CreateRenderer() fyne.WidgetRenderer {
	l.draw = &renderer{l: l, background: canvas.NewRectangle(color.Transparent)}
	l.draw.Refresh()
	return l.draw
}

type renderer struct {
	l          *Layer
	background *canvas.Rectangle
	lines      []*canvas.Text
}

func (r *renderer) Destroy()           {}
func (r *renderer) Layout(fyne.Size)   {}
func (r *renderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *renderer) Objects() []fyne.CanvasObject {
	if !r.l.shown {
		return nil
	}
	out := []fyne.CanvasObject{r.background}
	for _, t := range r.lines {
		out = append(out, t)
	}
	return out
}

// Refresh shows the explanation below the pointer, or above it where there is no room.
func (r *renderer) Refresh() {
	defer canvas.Refresh(r.l)
	if !r.l.shown {
		return
	}
	size := theme.Size(fynetheme.SizeNameCaptionText)
	r.lines = r.lines[:0]
	var room fyne.Size
	for _, line := range wrap(r.l.text, size) {
		t := canvas.NewText(line, theme.Color(fynetheme.ColorNameForeground))
		t.TextSize = size
		t.Resize(t.MinSize())
		room.Width = max(room.Width, t.MinSize().Width)
		room.Height += t.MinSize().Height
		r.lines = append(r.lines, t)
	}
	room = room.AddWidthHeight(2*inner, 2*inner-4)
	at := r.l.at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(r.l)).AddXY(beside, below)
	at.X = max(min(at.X, r.l.Size().Width-room.Width-border), border)
	if at.Y+room.Height > r.l.Size().Height-border {
		at.Y = max(at.Y-below-room.Height-border, border)
	}
	r.background.FillColor, r.background.StrokeColor, r.background.StrokeWidth = theme.Color(fynetheme.ColorNameMenuBackground), theme.Color(theme.ColorBorder), 1
	r.background.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.background.Move(at)
	r.background.Resize(room)
	at = at.AddXY(inner, inner-2)
	for _, t := range r.lines {
		t.Move(at)
		at.Y += t.MinSize().Height
	}
}

// wrap breaks a text into lines of at most the greatest width: between words, and at the line ends in the text.
func wrap(text string, size float32) (lines []string) {
	for _, part := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Split(part, " ") {
			longer := word
			if line != "" {
				longer = line + " " + word
			}
			if line != "" && fyne.MeasureText(longer, size, fyne.TextStyle{}).Width > widest {
				lines = append(lines, line)
				longer = word
			}
			line = longer
		}
		lines = append(lines, line)
	}
	return lines
}
