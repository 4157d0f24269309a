//go:build !nogui

package chart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/image/vector"

	"bittoratio/gui/theme"
)

// Line is one curve; a value that is not a number is a gap.
type Line struct {
	Values []float64
	Tone   theme.Tone
	Filled bool // a soft ground down to zero
}

// Plot is what a chart of lines shows. Every line has one value for each time.
type Plot struct {
	Times []int64 // ascending, in any unit
	Lines []Line
	Base  float64                // of the scale's steps; see [Ticks]
	Value func(v float64) string // a value at the scale
	Words func(point int) string // said while the pointer is at a point
	From  string                 // the first moment, below the left end
	To    string                 // the last one, below the right
}

// Lines are curves over time. Between the points nothing is known, so the lines are straight.
type Lines struct {
	widget.BaseWidget
	plot    Plot
	hovered int
	OnHover func(words string) // "" when the pointer leaves
}

// NewLines is an empty chart.
func NewLines() *Lines {
	l := &Lines{hovered: -1}
	l.ExtendBaseWidget(l)
	return l
}

// Set shows a plot.
func (l *Lines) Set(p Plot) {
	l.plot = p
	if l.hovered >= len(p.Times) {
		l.hovered = -1
	}
	l.Refresh()
}

// MouseIn is part of desktop.Hoverable.
func (l *Lines) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (l *Lines) MouseMoved(e *desktop.MouseEvent) {
	if len(l.plot.Times) > 0 {
		l.hover(Nearest(l.plot.Times, int(e.Position.X-scaleWidth), int(l.Size().Width-scaleWidth)))
	}
}

// MouseOut is part of desktop.Hoverable.
func (l *Lines) MouseOut() { l.hover(-1) }

func (l *Lines) hover(at int) {
	if at == l.hovered {
		return
	}
	l.hovered = at
	l.Refresh()
	if l.OnHover == nil {
		return
	}
	words := ""
	if at >= 0 {
		words = l.plot.Words(at)
	}
	l.OnHover(words)
}

// most is the highest value of all lines.
func (l *Lines) most() float64 {
	most := 0.0
	for _, line := range l.plot.Lines {
		for _, v := range line.Values {
			if v > most { // false for what is not a number
				most = v
			}
		}
	}
	return most
}

// CreateRenderer is part of fyne.Widget.
func (l *Lines) CreateRenderer() fyne.WidgetRenderer {
	r := &linesRenderer{l: l, mark: canvas.NewRectangle(color.Transparent), from: canvas.NewText("", nil), to: canvas.NewText("", nil)}
	r.raster = canvas.NewRaster(r.draw)
	r.to.Alignment = fyne.TextAlignTrailing
	for range ticksShown + 1 {
		rule, text := canvas.NewRectangle(color.Transparent), canvas.NewText("", nil)
		text.Alignment = fyne.TextAlignTrailing
		r.rules, r.texts = append(r.rules, rule), append(r.texts, text)
		r.objects = append(r.objects, rule, text)
	}
	r.objects = append(r.objects, r.raster, r.mark, r.from, r.to)
	r.Refresh()
	return r
}

// The measures of a chart, in Fyne's units.
const (
	ticksShown         = 4
	scaleWidth float32 = 64
	footHeight float32 = 18
	headHeight float32 = 8
	plotHeight float32 = 104
)

type linesRenderer struct {
	l        *Lines
	raster   *canvas.Raster
	mark     *canvas.Rectangle // at the pointer
	from, to *canvas.Text
	rules    []*canvas.Rectangle
	texts    []*canvas.Text
	objects  []fyne.CanvasObject
}

func (r *linesRenderer) Destroy()                     {}
func (r *linesRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *linesRenderer) MinSize() fyne.Size           { return fyne.NewSize(160, plotHeight) }

func (r *linesRenderer) Layout(size fyne.Size) {
	r.raster.Move(fyne.NewPos(scaleWidth, headHeight))
	r.raster.Resize(fyne.NewSize(size.Width-scaleWidth, size.Height-headHeight-footHeight))
	foot := fyne.NewSize((size.Width-scaleWidth)/2, footHeight)
	r.from.Move(fyne.NewPos(scaleWidth, size.Height-footHeight))
	r.to.Move(fyne.NewPos(scaleWidth+foot.Width, size.Height-footHeight))
	r.from.Resize(foot)
	r.to.Resize(foot)
	r.scale(size)
}

// scale places the rules and their texts, and the mark.
func (r *linesRenderer) scale(size fyne.Size) {
	most, room := r.l.most(), size.Height-headHeight-footHeight
	ticks := Ticks(most, ticksShown-1, r.l.plot.Base)
	for i := range r.rules {
		shown := i < len(ticks) && len(r.l.plot.Times) > 0
		if r.rules[i].Hidden, r.texts[i].Hidden = !shown, !shown; !shown {
			continue
		}
		y := headHeight + room
		if most > 0 {
			y -= float32(ticks[i]/most) * room
		}
		r.rules[i].Move(fyne.NewPos(scaleWidth, y))
		r.rules[i].Resize(fyne.NewSize(size.Width-scaleWidth, 1))
		r.texts[i].Text = r.l.plot.Value(ticks[i])
		r.texts[i].Move(fyne.NewPos(0, y-9))
		r.texts[i].Resize(fyne.NewSize(scaleWidth-8, 18))
	}
	if r.mark.Hidden = r.l.hovered < 0; !r.mark.Hidden {
		times := r.l.plot.Times
		x := Column(times, times[r.l.hovered], int(size.Width-scaleWidth))
		r.mark.Move(fyne.NewPos(scaleWidth+float32(x), headHeight))
		r.mark.Resize(fyne.NewSize(1, room))
	}
}

func (r *linesRenderer) Refresh() {
	small := theme.Size(fynetheme.SizeNameCaptionText)
	for i := range r.rules {
		r.rules[i].FillColor = theme.Color(theme.ColorBorder)
		r.texts[i].Color, r.texts[i].TextSize = theme.Color(fynetheme.ColorNamePlaceHolder), small
	}
	r.mark.FillColor = theme.Color(fynetheme.ColorNamePlaceHolder)
	for t, words := range map[*canvas.Text]string{r.from: r.l.plot.From, r.to: r.l.plot.To} {
		t.Text, t.Color, t.TextSize = words, theme.Color(fynetheme.ColorNamePlaceHolder), small
	}
	r.scale(r.l.Size())
	canvas.Refresh(r.l)
}

// draw paints the lines into so many pixels.
func (r *linesRenderer) draw(w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	most := r.l.most()
	if len(r.l.plot.Times) == 0 || w < 2 || h < 2 {
		return out
	}
	thick := max(float32(w)/max(r.raster.Size().Width, 1), 1) * 0.9
	y := func(v float64) float32 {
		if most == 0 {
			return float32(h) - thick
		}
		return thick + float32(1-v/most)*(float32(h)-2*thick)
	}
	for _, line := range r.l.plot.Lines {
		spans := Reduce(r.l.plot.Times, line.Values, w)
		if len(spans) == 0 {
			continue
		}
		c := theme.Color(line.Tone.Color())
		if line.Filled {
			paint(out, soft(c), ground(spans, y, float32(h)))
		}
		paint(out, c, stroke(spans, y, thick))
	}
	return out
}

// soft is a colour that lets the ground through.
func soft(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 0x2c
	return n
}

func paint(out *image.RGBA, c color.Color, shape func(*vector.Rasterizer)) {
	z := vector.NewRasterizer(out.Bounds().Dx(), out.Bounds().Dy())
	z.DrawOp = draw.Over
	shape(z)
	z.Draw(out, out.Bounds(), image.NewUniform(c), image.Point{})
}

// ground is what lies below a line.
func ground(spans []Span, y func(float64) float32, floor float32) func(*vector.Rasterizer) {
	return func(z *vector.Rasterizer) {
		z.MoveTo(float32(spans[0].X), floor)
		for _, s := range spans {
			z.LineTo(float32(s.X), y(s.High))
		}
		z.LineTo(float32(spans[len(spans)-1].X), floor)
		z.ClosePath()
	}
}

// stroke is a line of some thickness; a single point is a dot.
func stroke(spans []Span, y func(float64) float32, thick float32) func(*vector.Rasterizer) {
	return func(z *vector.Rasterizer) {
		for i, s := range spans {
			x := float32(s.X)
			if i > 0 {
				segment(z, float32(spans[i-1].X), y(spans[i-1].End), x, y(s.First), thick)
			}
			if s.Low != s.High {
				segment(z, x, y(s.High), x, y(s.Low), thick)
			}
		}
		if len(spans) < 40 { // few enough to be told apart
			for _, s := range spans {
				x, at, d := float32(s.X), y(s.End), 2*thick
				z.MoveTo(x-d, at)
				z.LineTo(x, at-d)
				z.LineTo(x+d, at)
				z.LineTo(x, at+d)
				z.ClosePath()
			}
		}
	}
}

// segment is a straight line as a thin quadrilateral, always turned the same way, so that overlaps do not cancel out.
func segment(z *vector.Rasterizer, x1, y1, x2, y2, thick float32) {
	dx, dy := x2-x1, y2-y1
	length := float32(math.Hypot(float64(dx), float64(dy)))
	if length == 0 {
		return
	}
	nx, ny := -dy/length*thick, dx/length*thick
	z.MoveTo(x1+nx, y1+ny)
	z.LineTo(x1-nx, y1-ny)
	z.LineTo(x2-nx, y2-ny)
	z.LineTo(x2+nx, y2+ny)
	z.ClosePath()
}
