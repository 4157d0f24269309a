package chart

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/image/vector"

	"bittoratio/gui/theme"
)

// Arc is a part of a ring between two places. A place is a share of the whole ring, clockwise from its top.
type Arc struct{ From, To float64 }

// Circle is the content of a ring.
type Circle struct {
	Own   float64   // place of the mark that stands out; negative for none
	Marks []float64 // places of the other marks
	Arcs  []Arc     // parts of the ring in alternating colours, one after the other
	Inner [2]string // in the middle: a number, and what it counts
	Words string    // the whole content in a sentence, for screen readers
}

// Ring shows places on a circle: one that stands out, and many others. The package does not know what they mean.
type Ring struct {
	widget.BaseWidget
	circle Circle
}

// NewRing returns an empty ring.
func NewRing() *Ring {
	r := &Ring{circle: Circle{Own: -1}}
	r.ExtendBaseWidget(r)
	return r
}

// Set shows a circle.
func (r *Ring) Set(c Circle) {
	r.circle = c
	r.Refresh()
}

// AccessibilityLabel returns the content in a sentence.
func (r *Ring) AccessibilityLabel() string { return r.circle.Words }

// AccessibilityRole is part of fyne.Accessible.
func (r *Ring) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is part of fyne.Widget.
func (r *Ring) CreateRenderer() fyne.WidgetRenderer {
	d := &ringRenderer{r: r, raster: canvas.NewRaster(r.paint), figure: canvas.NewText("", nil), what: canvas.NewText("", nil)}
	d.figure.Alignment, d.what.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	d.figure.TextStyle.Bold = true
	d.Refresh()
	return d
}

type ringRenderer struct {
	r            *Ring
	raster       *canvas.Raster
	figure, what *canvas.Text
}

// Sizes, in Fyne's units.
const (
	minRingSize float32 = 132
	ringInset   float32 = 12 // between the edge and the ring: half the length of a mark, and room for the mark that stands out
	markLong    float32 = 9
)

func (d *ringRenderer) Destroy()           {}
func (d *ringRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(minRingSize) }

func (d *ringRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.raster, d.figure, d.what}
}

func (d *ringRenderer) Layout(size fyne.Size) {
	d.raster.Resize(size)
	above, below := d.figure.MinSize(), d.what.MinSize()
	top := (size.Height - above.Height - below.Height) / 2
	d.figure.Move(fyne.NewPos((size.Width-above.Width)/2, top))
	d.figure.Resize(above)
	d.what.Move(fyne.NewPos((size.Width-below.Width)/2, top+above.Height))
	d.what.Resize(below)
}

func (d *ringRenderer) Refresh() {
	d.figure.Text, d.what.Text = d.r.circle.Inner[0], d.r.circle.Inner[1]
	d.figure.Color, d.what.Color = theme.Color(fynetheme.ColorNameForeground), theme.Color(fynetheme.ColorNamePlaceHolder)
	d.figure.TextSize, d.what.TextSize = theme.Size(fynetheme.SizeNameHeadingText), theme.Size(fynetheme.SizeNameCaptionText)
	d.Layout(d.r.Size())
	canvas.Refresh(d.r)
}

// paint returns a picture of the ring with a size in pixels.
func (r *Ring) paint(w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	size := r.Size()
	if w < 2 || h < 2 || size.Width < 2*ringInset || size.Height < 2*ringInset {
		return out
	}
	scale := float32(w) / size.Width
	p := ringPicture{
		picture: picture{out: out, thick: scale * 1.5}, x: float32(w) / 2, y: float32(h) / 2,
		radius: (min(size.Width, size.Height)/2 - ringInset) * scale, long: markLong * scale,
	}
	p.arcs(r.circle.Arcs)
	p.thick = scale * 0.8
	p.paint(theme.Color(fynetheme.ColorNamePlaceHolder), func(z *vector.Rasterizer) {
		for _, at := range r.circle.Marks {
			p.mark(z, at)
		}
	})
	if r.circle.Own >= 0 {
		p.own(theme.Color(fynetheme.ColorNamePrimary), r.circle.Own)
	}
	return out
}

// ringPicture paints a ring into pixels. It is pure.
type ringPicture struct {
	picture
	x, y, radius, long float32 // in pixels
}

// at returns the point at a place, at a distance from the centre.
func (p *ringPicture) at(place float64, radius float32) (x, y float32) {
	sin, cos := math.Sincos(2 * math.Pi * place)
	return p.x + radius*float32(sin), p.y - radius*float32(cos)
}

// arcs paints the parts of the ring, every second one lighter; without parts it paints the whole ring.
func (p *ringPicture) arcs(arcs []Arc) {
	if len(arcs) == 0 {
		arcs = []Arc{{0, 1}}
	}
	strong, light := theme.Color(fynetheme.ColorNameInputBorder), theme.Color(fynetheme.ColorNameSeparator)
	for i, a := range arcs {
		c := strong
		if i%2 == 1 {
			c = light
		}
		p.paint(c, func(z *vector.Rasterizer) { p.band(z, a) })
	}
}

// band adds one part of the ring as a closed shape.
func (p *ringPicture) band(z *vector.Rasterizer, a Arc) {
	inner, outer := p.radius-p.thick, p.radius+p.thick
	steps := max(int(math.Ceil((a.To-a.From)*180)), 1)
	place := func(i int) float64 { return a.From + (a.To-a.From)*float64(i)/float64(steps) }
	for i := range steps + 1 {
		x, y := p.at(place(i), outer)
		if i == 0 {
			z.MoveTo(x, y)
			continue
		}
		z.LineTo(x, y)
	}
	for i := steps; i >= 0; i-- {
		x, y := p.at(place(i), inner)
		z.LineTo(x, y)
	}
	z.ClosePath()
}

// mark adds a short line across the ring.
func (p *ringPicture) mark(z *vector.Rasterizer, place float64) {
	x1, y1 := p.at(place, p.radius-p.long/2)
	x2, y2 := p.at(place, p.radius+p.long/2)
	p.segment(z, x1, y1, x2, y2)
}

// own paints a disc on the ring, with a margin around it.
func (p *ringPicture) own(c color.Color, place float64) {
	x, y := p.at(place, p.radius)
	for _, disc := range []struct {
		c      color.Color
		radius float32
	}{{theme.Color(theme.ColorSurface), p.long*0.5 + 2*p.thick}, {c, p.long * 0.5}} {
		p.paint(disc.c, func(z *vector.Rasterizer) {
			const steps = 32
			for i := range steps {
				sin, cos := math.Sincos(2 * math.Pi * float64(i) / steps)
				px, py := x+disc.radius*float32(sin), y-disc.radius*float32(cos)
				if i == 0 {
					z.MoveTo(px, py)
				} else {
					z.LineTo(px, py)
				}
			}
			z.ClosePath()
		})
	}
}
