package chart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// dotsBelow: with fewer points than this, each point gets a dot.
const dotsBelow = 40

// picture paints lines into pixels. It is pure.
type picture struct {
	out   *image.RGBA
	y     func(v float64) float32
	thick float32 // half a line's width, in pixels
}

// line paints one curve: its soft background if it is filled, and its stroke.
func (p *picture) line(spans []Span, c color.Color, filled, dashed bool) {
	if len(spans) == 0 {
		return
	}
	if filled {
		p.paint(soft(c), func(z *vector.Rasterizer) { p.area(z, spans) })
	}
	p.paint(c, func(z *vector.Rasterizer) { p.stroke(z, spans, dashed) })
}

func (p *picture) paint(c color.Color, shape func(*vector.Rasterizer)) {
	z := vector.NewRasterizer(p.out.Bounds().Dx(), p.out.Bounds().Dy())
	z.DrawOp = draw.Over
	shape(z)
	z.Draw(p.out, p.out.Bounds(), image.NewUniform(c), image.Point{})
}

// soft returns a colour that is partly transparent.
func soft(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 0x2c
	return n
}

// area adds the area below a curve, between its breaks.
func (p *picture) area(z *vector.Rasterizer, spans []Span) {
	floor := float32(p.out.Bounds().Dy())
	for from := 0; from < len(spans); {
		to := from + 1
		for to < len(spans) && !spans[to].Broken {
			to++
		}
		z.MoveTo(float32(spans[from].X), floor)
		for _, s := range spans[from:to] {
			z.LineTo(float32(s.X), p.y(s.High))
		}
		z.LineTo(float32(spans[to-1].X), floor)
		z.ClosePath()
		from = to
	}
}

// interval paints the area between a low and a high curve; a single point becomes a bar.
func (p *picture) interval(c color.Color, times []int64, low, high []float64) {
	w := p.out.Bounds().Dx()
	bar := float32(0)
	if len(times) == 1 {
		bar = 4 * p.thick
	}
	p.paint(soft(c), func(z *vector.Rasterizer) {
		for i := range times {
			x := float32(Column(times, times[i], w)) - bar
			if i == 0 {
				z.MoveTo(x, p.y(high[i]))
			}
			z.LineTo(x, p.y(high[i]))
			z.LineTo(x+2*bar, p.y(high[i]))
		}
		for i := len(times) - 1; i >= 0; i-- {
			x := float32(Column(times, times[i], w)) + bar
			z.LineTo(x, p.y(low[i]))
			z.LineTo(x-2*bar, p.y(low[i]))
		}
		z.ClosePath()
	})
}

// stroke adds a curve with some thickness. A point without a neighbour becomes a dot; if there are few points, each one
// gets a dot.
func (p *picture) stroke(z *vector.Rasterizer, spans []Span, dashed bool) {
	for i, s := range spans {
		x, joined := float32(s.X), i > 0 && !s.Broken
		if joined {
			before := spans[i-1]
			p.run(z, float32(before.X), p.y(before.End), x, p.y(s.First), dashed)
		}
		if s.Low != s.High {
			p.run(z, x, p.y(s.High), x, p.y(s.Low), dashed)
		}
		if alone := !joined && (i+1 == len(spans) || spans[i+1].Broken); alone || len(spans) < dotsBelow {
			p.dot(z, x, p.y(s.End))
		}
	}
}

func (p *picture) dot(z *vector.Rasterizer, x, y float32) {
	d := 2 * p.thick
	z.MoveTo(x-d, y)
	z.LineTo(x, y-d)
	z.LineTo(x+d, y)
	z.LineTo(x, y+d)
	z.ClosePath()
}

// run adds a straight line. The dashes of a dashed line depend only on x, so that they stay regular over many short
// pieces.
func (p *picture) run(z *vector.Rasterizer, x1, y1, x2, y2 float32, dashed bool) {
	if !dashed {
		p.segment(z, x1, y1, x2, y2)
		return
	}
	dash := dashUnits * p.thick
	for n := float32(math.Floor(float64(x1 / (2 * dash)))); n*2*dash <= x2; n++ {
		from, to := max(n*2*dash, x1), min((n*2+1.2)*dash, x2)
		if from > to {
			continue
		}
		if x1 == x2 {
			p.segment(z, x1, y1, x2, y2)
			continue
		}
		slope := (y2 - y1) / (x2 - x1)
		p.segment(z, from, y1+(from-x1)*slope, to, y1+(to-x1)*slope)
	}
}

// dashUnits is the length of a dash, in half widths of the line.
const dashUnits = 4

// segment adds a straight line as a thin quadrilateral. All of them turn the same way, so that overlaps do not cancel
// out.
func (p *picture) segment(z *vector.Rasterizer, x1, y1, x2, y2 float32) {
	dx, dy := x2-x1, y2-y1
	length := float32(math.Hypot(float64(dx), float64(dy)))
	if length == 0 {
		return
	}
	nx, ny := -dy/length*p.thick, dx/length*p.thick
	z.MoveTo(x1+nx, y1+ny)
	z.LineTo(x1-nx, y1-ny)
	z.LineTo(x2-nx, y2-ny)
	z.LineTo(x2+nx, y2+ny)
	z.ClosePath()
}
