package chart

import (
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/theme"
)

// linesRenderer draws what is around the lines: the scale, the times, the legend, and the mark at the pointer. An
// object that is not needed gets no size or no text instead of being hidden: Fyne does not repaint when an object is
// shown for the first time (fyne#4494).
type linesRenderer struct {
	l       *Lines
	raster  *canvas.Raster
	empty   *canvas.Text
	rules   []*canvas.Rectangle
	values  []*canvas.Text
	moments []*canvas.Text
	legend  []legendEntry

	mark    *canvas.Rectangle // at the pointer
	dots    []*canvas.Circle
	box     *canvas.Rectangle
	tooltip []*canvas.Text
	objects []fyne.CanvasObject
}

// maxLines is the most lines in a chart, and maxMoments the most times at its foot.
const (
	maxLines   = 2
	maxMoments = 24
)

// legendEntry is a sample of a line, solid or in three dashes, and its name.
type legendEntry struct {
	dashes [3]*canvas.Rectangle
	name   *canvas.Text
}

func newLinesRenderer(l *Lines) *linesRenderer {
	r := &linesRenderer{l: l, mark: nothing(), box: nothing(), empty: canvas.NewText("", nil)}
	r.raster = canvas.NewRaster(l.paint)
	r.empty.Alignment = fyne.TextAlignCenter
	add := func(o ...fyne.CanvasObject) { r.objects = append(r.objects, o...) }
	text := func(list *[]*canvas.Text, align fyne.TextAlign) {
		t := canvas.NewText("", nil)
		t.Alignment = align
		*list = append(*list, t)
		add(t)
	}
	for range stepsShown + 1 {
		r.rules = append(r.rules, nothing())
		add(r.rules[len(r.rules)-1])
		text(&r.values, fyne.TextAlignTrailing)
	}
	for range maxMoments {
		text(&r.moments, fyne.TextAlignCenter)
	}
	for range maxLines {
		e := legendEntry{[3]*canvas.Rectangle{nothing(), nothing(), nothing()}, canvas.NewText("", nil)}
		r.legend = append(r.legend, e)
		add(e.dashes[0], e.dashes[1], e.dashes[2], e.name)
	}
	add(r.empty, r.raster, r.mark)
	for range maxLines {
		r.dots = append(r.dots, canvas.NewCircle(color.Transparent))
		add(r.dots[len(r.dots)-1])
	}
	add(r.box)
	for range maxLines + 1 {
		text(&r.tooltip, fyne.TextAlignLeading)
	}
	r.Refresh()
	return r
}

func nothing() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }

func (r *linesRenderer) Destroy()                     { r.l.draw = nil }
func (r *linesRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *linesRenderer) MinSize() fyne.Size           { return fyne.NewSize(160, plotHeight) }

func (r *linesRenderer) Layout(fyne.Size) {
	room := r.l.room()
	r.raster.Move(fyne.NewPos(scaleWidth, headHeight))
	r.raster.Resize(room)
	r.empty.Move(fyne.NewPos(0, headHeight))
	r.empty.Resize(fyne.NewSize(r.l.Size().Width, room.Height))
	r.scale(room)
	r.foot(room)
	r.entries()
	r.point()
}

// scale places the lines of the scale and their values.
func (r *linesRenderer) scale(room fyne.Size) {
	for i, rule := range r.rules {
		if i >= len(r.l.ticks) || len(r.l.plot.Times) == 0 {
			rule.Resize(fyne.Size{})
			r.values[i].Text = ""
			continue
		}
		y := r.l.y(r.l.ticks[i])
		rule.Move(fyne.NewPos(scaleWidth, y))
		rule.Resize(fyne.NewSize(room.Width, 1))
		r.values[i].Text = r.l.plot.Value(r.l.ticks[i], r.l.top())
		r.values[i].Move(fyne.NewPos(0, y-9))
		r.values[i].Resize(fyne.NewSize(scaleWidth-8, 18))
	}
}

// foot places round times below the chart. If there is no round time in the range, it shows the first time as it is.
func (r *linesRenderer) foot(room fyne.Size) {
	p := &r.l.plot
	var at []int64
	step := time.Second
	if n := len(p.Times); n > 0 {
		at, step = Moments(p.Times[0], p.Times[n-1], min(max(int(room.Width/momentRoom), 1), maxMoments-2), p.Zone)
		if len(at) == 0 {
			at = p.Times[:1]
		}
	}
	y := headHeight + room.Height + 1
	for i, t := range r.moments {
		if i >= len(at) {
			t.Text = ""
			continue
		}
		t.Text = p.Moment(time.UnixMilli(at[i]).In(p.Zone), step)
		width := t.MinSize().Width
		x := min(max(r.l.x(at[i])-width/2, scaleWidth/2), r.l.Size().Width-width)
		t.Move(fyne.NewPos(x, y))
		t.Resize(fyne.NewSize(width, footHeight))
	}
}

// entries places the legend.
func (r *linesRenderer) entries() {
	const sample, gap, y float32 = 24, 6, headHeight/2 - 4
	x := scaleWidth
	for i, e := range r.legend {
		if i >= len(r.l.plot.Lines) || len(r.l.plot.Times) == 0 {
			for _, d := range e.dashes {
				d.Resize(fyne.Size{})
			}
			e.name.Text = ""
			continue
		}
		line := &r.l.plot.Lines[i]
		for k, d := range e.dashes {
			d.FillColor = theme.Color(line.Tone.Color())
			d.Move(fyne.NewPos(x+float32(k)*sample/3, y))
			d.Resize(fyne.NewSize(sample/3, 2))
			if line.Dashed {
				d.Resize(fyne.NewSize(sample/3-3, 2))
			}
		}
		e.name.Text = line.Name
		size := e.name.MinSize()
		e.name.Move(fyne.NewPos(x+sample+gap, y+1-size.Height/2))
		e.name.Resize(size)
		x += sample + gap + size.Width + 2*gap
	}
}

// point marks the point under the pointer: a vertical line, a dot on each curve, and a text.
func (r *linesRenderer) point() {
	p, at := &r.l.plot, r.l.hovered
	r.mark.FillColor, r.box.FillColor, r.box.StrokeColor = color.Transparent, color.Transparent, color.Transparent
	for i, d := range r.dots {
		d.FillColor, d.StrokeColor = color.Transparent, color.Transparent
		if at < 0 || i >= len(p.Lines) || math.IsNaN(p.Lines[i].Values[at]) {
			continue
		}
		const radius = 4
		d.FillColor, d.StrokeColor, d.StrokeWidth = theme.Color(p.Lines[i].Tone.Color()), theme.Color(fynetheme.ColorNameInputBackground), 1
		d.Move(fyne.NewPos(r.l.x(p.Times[at])-radius, r.l.y(p.Lines[i].Values[at])-radius))
		d.Resize(fyne.NewSquareSize(2 * radius))
	}
	for i, t := range r.tooltip {
		if t.Text = ""; i < len(r.l.Tooltip()) {
			t.Text = r.l.Tooltip()[i]
		}
	}
	if at >= 0 {
		r.mark.FillColor = theme.Color(fynetheme.ColorNamePlaceHolder)
		r.mark.Move(fyne.NewPos(r.l.x(p.Times[at]), headHeight))
		r.mark.Resize(fyne.NewSize(1, r.l.room().Height))
		r.placeText(r.l.x(p.Times[at]))
	}
	r.mark.Refresh()
	for _, d := range r.dots {
		d.Refresh()
	}
	r.box.Refresh()
	for _, t := range r.tooltip {
		t.Refresh()
	}
}

// placeText puts the text into a box on the side of the mark that has room for it.
func (r *linesRenderer) placeText(mark float32) {
	const pad, apart float32 = 8, 10
	width, height := float32(0), float32(0)
	for _, t := range r.tooltip {
		if t.Text != "" {
			size := t.MinSize()
			width, height = max(width, size.Width), height+size.Height
		}
	}
	left := mark + apart
	if left+width+2*pad > r.l.Size().Width {
		left = max(mark-apart-width-2*pad, 0)
	}
	top := max(headHeight+(r.l.room().Height-height)/2-pad/2, 0)
	r.box.FillColor, r.box.StrokeColor = theme.Color(fynetheme.ColorNameOverlayBackground), theme.Color(theme.ColorBorder)
	r.box.StrokeWidth, r.box.CornerRadius = 1, 5
	r.box.Move(fyne.NewPos(left, top))
	r.box.Resize(fyne.NewSize(width+2*pad, height+pad))
	for i, t := range r.tooltip {
		size := t.MinSize()
		t.Move(fyne.NewPos(left+pad, top+pad/2+float32(i)*size.Height))
		t.Resize(size)
	}
}

// Refresh shows a new plot or a new theme.
func (r *linesRenderer) Refresh() {
	small, muted := theme.Size(fynetheme.SizeNameCaptionText), theme.Color(fynetheme.ColorNamePlaceHolder)
	for i := range r.rules {
		r.rules[i].FillColor = theme.Color(fynetheme.ColorNameSeparator)
		r.values[i].Color, r.values[i].TextSize = muted, small
	}
	for _, t := range r.moments {
		t.Color, t.TextSize = muted, small
	}
	for _, e := range r.legend {
		e.name.Color, e.name.TextSize = muted, small
	}
	for i, t := range r.tooltip {
		t.Color, t.TextSize, t.TextStyle.Bold = theme.Color(fynetheme.ColorNameForeground), small, i == 0
	}
	r.empty.Text, r.empty.Color, r.empty.TextSize = "", muted, theme.Size(fynetheme.SizeNameText)
	if len(r.l.plot.Times) == 0 {
		r.empty.Text = r.l.plot.Empty
	}
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}
