package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Meter is a thin bar that fills up. A text beside it must name what it measures.
type Meter struct {
	widget.BaseWidget
	share float32
}

// NewMeter returns an empty meter.
func NewMeter() *Meter {
	m := &Meter{}
	m.ExtendBaseWidget(m)
	return m
}

// Set fills a share of the bar, from 0 to 1.
func (m *Meter) Set(share float32) {
	if share = min(max(share, 0), 1); share != m.share {
		m.share = share
		m.Refresh()
	}
}

// CreateRenderer is part of fyne.Widget.
func (m *Meter) CreateRenderer() fyne.WidgetRenderer {
	r := &meterRenderer{m: m, track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent)}
	r.track.CornerRadius, r.fill.CornerRadius = meterHeight/2, meterHeight/2
	r.Refresh()
	return r
}

type meterRenderer struct {
	m           *Meter
	track, fill *canvas.Rectangle
}

const meterHeight float32 = 6

func (r *meterRenderer) Destroy()                     {}
func (r *meterRenderer) MinSize() fyne.Size           { return fyne.NewSize(40, meterHeight) }
func (r *meterRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.track, r.fill} }

func (r *meterRenderer) Layout(size fyne.Size) {
	r.track.Resize(fyne.NewSize(size.Width, meterHeight))
	r.fill.Resize(fyne.NewSize(size.Width*r.m.share, meterHeight))
}

func (r *meterRenderer) Refresh() {
	r.track.FillColor, r.fill.FillColor = theme.Color(theme.ColorBorder), theme.Color(fynetheme.ColorNamePrimary)
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}
