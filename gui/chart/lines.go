package chart

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Line is one curve. A value that is NaN is skipped.
type Line struct {
	Name   string // in the legend
	Values []float64
	Low    []float64 // with High the bounds of an interval around each value, drawn in a soft colour; nil for none
	High   []float64
	Tone   theme.Tone
	Filled bool // a soft background down to zero
	Dashed bool // told apart without its colour
}

// Plot is the content of a chart of lines. Each line has one value for each time.
type Plot struct {
	Times  []int64 // ascending, Unix milliseconds
	Breaks []bool  // true if nothing is known between a point and the one before; nil for no breaks
	Lines  []Line
	Zone   *time.Location
	Base   float64                                       // of the scale's steps; see [Ticks]
	Value  func(v, most float64) string                  // formats a value of the scale, whose highest value is most
	Moment func(at time.Time, step time.Duration) string // formats a time at the foot; step is the distance to the next one
	Words  func(point int) []string                      // the text at the pointer: the time and the values
	Empty  string                                        // shown if there are no points
}

// Lines is a chart of curves over time. The points are joined by straight lines, since nothing is known between them.
type Lines struct {
	widget.BaseWidget
	plot    Plot
	ticks   []float64 // values of the scale, from the plot
	hovered int
	draw    *linesRenderer // nil until it is shown
}

// NewLines returns an empty chart.
func NewLines() *Lines {
	l := &Lines{hovered: -1, ticks: []float64{0}}
	l.ExtendBaseWidget(l)
	return l
}

// Set shows a plot.
func (l *Lines) Set(p Plot) {
	l.plot = p
	most := 0.0
	for _, line := range p.Lines {
		for _, list := range [][]float64{line.Values, line.High} {
			for _, v := range list {
				if v > most { // false for NaN
					most = v
				}
			}
		}
	}
	l.ticks = Ticks(most, stepsShown, p.Base)
	if l.hovered >= len(p.Times) {
		l.hovered = -1
	}
	l.Refresh()
}

// Tooltip returns the text at the pointer; nil while the pointer is elsewhere.
func (l *Lines) Tooltip() []string {
	if l.hovered < 0 {
		return nil
	}
	return l.plot.Words(l.hovered)
}

// MouseIn is part of desktop.Hoverable.
func (l *Lines) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (l *Lines) MouseMoved(e *desktop.MouseEvent) {
	if len(l.plot.Times) > 0 {
		l.hover(Nearest(l.plot.Times, int(e.Position.X-scaleWidth), int(l.room().Width)))
	}
}

// MouseOut is part of desktop.Hoverable.
func (l *Lines) MouseOut() { l.hover(-1) }

// hover marks another point, without painting the curves again.
func (l *Lines) hover(at int) {
	if at == l.hovered {
		return
	}
	if l.hovered = at; l.draw != nil {
		l.draw.point()
	}
}

// Sizes of a chart, in Fyne's units.
const (
	stepsShown         = 4
	scaleWidth float32 = 64
	footHeight float32 = 18
	headHeight float32 = 34 // for the legend, and for a button of the page at its end
	sideWidth  float32 = 10
	plotHeight float32 = 140
	momentRoom float32 = 60 // for one time at the foot
)

// room returns the size of the area in which the curves are drawn.
func (l *Lines) room() fyne.Size {
	s := l.Size()
	return fyne.NewSize(max(s.Width-scaleWidth-sideWidth, 2), max(s.Height-headHeight-footHeight, 2))
}

// top returns the highest value of the scale.
func (l *Lines) top() float64 { return l.ticks[len(l.ticks)-1] }

// x and y return the place of a point in the widget, in Fyne's units, from its time and its value.
func (l *Lines) x(at int64) float32 {
	return scaleWidth + float32(Column(l.plot.Times, at, int(l.room().Width)))
}

func (l *Lines) y(v float64) float32 {
	h := l.room().Height
	if l.top() == 0 {
		return headHeight + h
	}
	return headHeight + h - float32(v/l.top())*h
}

// paint returns a picture of the curves with a size in pixels.
func (l *Lines) paint(w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if len(l.plot.Times) == 0 || w < 2 || h < 2 {
		return out
	}
	scale := max(float32(w)/l.room().Width, 1)
	p := picture{out: out, thick: scale * 0.9}
	p.y = func(v float64) float32 {
		at := float32(h)
		if l.top() > 0 {
			at -= float32(v/l.top()) * float32(h)
		}
		return min(max(at, p.thick), float32(h)-p.thick)
	}
	for _, line := range l.plot.Lines {
		if line.High != nil {
			p.interval(theme.Color(line.Tone.Color()), l.plot.Times, line.Low, line.High)
		}
		p.line(Reduce(l.plot.Times, line.Values, l.plot.Breaks, w), theme.Color(line.Tone.Color()), line.Filled, line.Dashed)
	}
	return out
}

// CreateRenderer is part of fyne.Widget.
func (l *Lines) CreateRenderer() fyne.WidgetRenderer {
	l.draw = newLinesRenderer(l)
	return l.draw
}
