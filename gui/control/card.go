package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Card draws a background behind its content, and for some kinds a thin border around it.
type Card struct {
	widget.BaseWidget
	content    fyne.CanvasObject
	background fyne.ThemeColorName
	border     bool
	inset      float32
	radius     float32
}

// NewCard puts content on a card with padding.
func NewCard(content fyne.CanvasObject) *Card {
	return newCard(content, theme.ColorSurface, true, 14, 10)
}

// NewFrame puts content, such as a table, on a card without padding.
func NewFrame(content fyne.CanvasObject) *Card {
	return newCard(content, theme.ColorSurface, true, 1, 10)
}

// NewWell puts content on a sunken background, for text to copy.
func NewWell(content fyne.CanvasObject) *Card {
	return newCard(content, fynetheme.ColorNameInputBackground, true, 8, 6)
}

// NewStrip puts content on a soft background in the accent's hue.
func NewStrip(content fyne.CanvasObject) *Card {
	return newCard(content, theme.ColorStripe, false, 6, 8)
}

// NewBar puts content on a background without padding, border or round corners.
func NewBar(content fyne.CanvasObject) *Card {
	return newCard(content, theme.ColorSurface, false, 0, 0)
}

func newCard(content fyne.CanvasObject, background fyne.ThemeColorName, border bool, inset, radius float32) *Card {
	c := &Card{content: content, background: background, border: border, inset: inset, radius: radius}
	c.ExtendBaseWidget(c)
	return c
}

// Proven gives a strip the background that means success, or its usual one.
func (c *Card) Proven(proven bool) {
	c.background = theme.ColorStripe
	if proven {
		c.background = theme.ColorProof
	}
	c.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (c *Card) CreateRenderer() fyne.WidgetRenderer {
	r := &cardRenderer{c: c, background: canvas.NewRectangle(color.Transparent)}
	r.colours()
	return r
}

type cardRenderer struct {
	c          *Card
	background *canvas.Rectangle
}

func (r *cardRenderer) Destroy() {}

func (r *cardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.background, r.c.content}
}

func (r *cardRenderer) MinSize() fyne.Size {
	return r.c.content.MinSize().AddWidthHeight(2*r.c.inset, 2*r.c.inset)
}

func (r *cardRenderer) Layout(size fyne.Size) {
	r.background.Resize(size)
	r.c.content.Move(fyne.NewPos(r.c.inset, r.c.inset))
	r.c.content.Resize(size.SubtractWidthHeight(2*r.c.inset, 2*r.c.inset))
}

func (r *cardRenderer) colours() {
	r.background.FillColor, r.background.CornerRadius = theme.Color(r.c.background), r.c.radius
	if r.c.border {
		r.background.StrokeColor, r.background.StrokeWidth = theme.Color(theme.ColorBorder), 1
	}
}

func (r *cardRenderer) Refresh() {
	r.colours()
	r.background.Refresh()
	canvas.Refresh(r.c)
}
