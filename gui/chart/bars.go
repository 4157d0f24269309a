//go:build !nogui

package chart

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Bar is one pair of figures and what stands below them.
type Bar struct {
	Label        string
	Lower, Upper uint64 // a part in front, and the whole behind it
	Words        string // said while the pointer is on it
}

// Bars are pairs of bars beside each other, the newest on the right. The package knows no days and no bytes: it is
// given what they are called.
type Bars struct {
	widget.BaseWidget
	bars    []Bar
	names   [2]string // in the legend: of the lower parts, and of the upper ones
	top     string    // what the highest bar is
	hovered int
	OnHover func(words string) // "" when the pointer leaves
}

// NewBars is an empty chart; the names are for its legend.
func NewBars(lower, upper string) *Bars {
	b := &Bars{hovered: -1, names: [2]string{lower, upper}}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows bars; top says how much the highest one is.
func (b *Bars) Set(bars []Bar, top string) {
	b.bars, b.top = bars, top
	b.Refresh()
}

// highest is the largest figure of all.
func highest(bars []Bar) (most uint64) {
	for _, x := range bars {
		most = max(most, x.Lower, x.Upper)
	}
	return most
}

// height is how high a figure stands where most is as high as room; something is never nothing.
func height(n, most uint64, room float32) float32 {
	if n == 0 || most == 0 {
		return 0
	}
	return max(1, float32(float64(n)/float64(most))*room)
}

// MouseIn is part of desktop.Hoverable.
func (b *Bars) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (b *Bars) MouseMoved(e *desktop.MouseEvent) {
	at := -1
	if n := len(b.bars); n > 0 && b.Size().Width > 0 {
		at = min(max(int(e.Position.X/(b.Size().Width/float32(n))), 0), n-1)
	}
	b.hover(at)
}

// MouseOut is part of desktop.Hoverable.
func (b *Bars) MouseOut() { b.hover(-1) }

func (b *Bars) hover(at int) {
	if at == b.hovered {
		return
	}
	b.hovered = at
	b.Refresh()
	if b.OnHover == nil {
		return
	}
	words := ""
	if at >= 0 {
		words = b.bars[at].Words
	}
	b.OnHover(words)
}

// CreateRenderer is part of fyne.Widget.
func (b *Bars) CreateRenderer() fyne.WidgetRenderer {
	r := &barsRenderer{b: b, line: canvas.NewRectangle(color.Transparent), ground: canvas.NewRectangle(color.Transparent), top: canvas.NewText("", nil)}
	for i, name := range b.names {
		r.samples[i], r.names[i] = canvas.NewRectangle(color.Transparent), canvas.NewText(name, nil)
		r.samples[i].CornerRadius = 2
	}
	r.Refresh()
	return r
}

type barsRenderer struct {
	b            *Bars
	line, ground *canvas.Rectangle // below the bars, and behind the one under the pointer
	top          *canvas.Text
	lower, upper []*canvas.Rectangle
	labels       []*canvas.Text
	samples      [2]*canvas.Rectangle // the legend
	names        [2]*canvas.Text
	objects      []fyne.CanvasObject
}

// The measures, in Fyne's units.
const (
	barsHeight  float32 = 120
	labelHeight float32 = 18
	widest      float32 = 46
)

func (r *barsRenderer) Destroy()                     {}
func (r *barsRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *barsRenderer) MinSize() fyne.Size           { return fyne.NewSize(120, barsHeight) }

func (r *barsRenderer) Layout(size fyne.Size) {
	n := len(r.b.bars)
	foot := size.Height - labelHeight
	r.line.Move(fyne.NewPos(0, foot))
	r.line.Resize(fyne.NewSize(size.Width, 1))
	r.top.Move(fyne.NewPos(0, 0))
	r.top.Resize(fyne.NewSize(size.Width, labelHeight))
	r.legend(size.Width)
	r.ground.Hide()
	if n == 0 || size.Width <= 0 {
		return
	}
	slot := size.Width / float32(n)
	width := min(slot*0.7, widest)
	most, room := highest(r.b.bars), foot-labelHeight
	every := max(1, int(min(44/slot+1, float32(n)))) // labels are so far apart that they do not touch
	for i, x := range r.b.bars {
		left := float32(i)*slot + (slot-width)/2
		for _, part := range []struct {
			rect  *canvas.Rectangle
			n     uint64
			inset float32
		}{{r.upper[i], x.Upper, 0}, {r.lower[i], x.Lower, width / 4}} {
			h := height(part.n, most, room)
			part.rect.Move(fyne.NewPos(left+part.inset, foot-h))
			part.rect.Resize(fyne.NewSize(width-2*part.inset, h))
		}
		r.labels[i].Move(fyne.NewPos(float32(i)*slot, foot+2))
		r.labels[i].Resize(fyne.NewSize(slot, labelHeight))
		r.labels[i].Hidden = (n-1-i)%every != 0
		if i == r.b.hovered {
			r.ground.Move(fyne.NewPos(float32(i)*slot, labelHeight/2))
			r.ground.Resize(fyne.NewSize(slot, foot-labelHeight/2))
			r.ground.Show()
		}
	}
}

// legend stands at the right of the first line.
func (r *barsRenderer) legend(right float32) {
	const sample, gap float32 = 10, 6
	for i, name := range r.names {
		width := name.MinSize().Width
		name.Move(fyne.NewPos(right-width, 0))
		name.Resize(fyne.NewSize(width, labelHeight))
		r.samples[i].Move(fyne.NewPos(right-width-gap-sample, (labelHeight-sample)/2))
		r.samples[i].Resize(fyne.NewSquareSize(sample))
		right -= width + gap + sample + 3*gap
	}
}

func (r *barsRenderer) Refresh() {
	caption := theme.Size(fynetheme.SizeNameCaptionText)
	muted := theme.Color(fynetheme.ColorNamePlaceHolder)
	for len(r.labels) < len(r.b.bars) {
		r.upper, r.lower = append(r.upper, canvas.NewRectangle(color.Transparent)), append(r.lower, canvas.NewRectangle(color.Transparent))
		r.labels = append(r.labels, canvas.NewText("", nil))
	}
	r.objects = append(r.objects[:0], r.ground, r.line, r.top, r.samples[0], r.names[0], r.samples[1], r.names[1])
	for i, tone := range []fyne.ThemeColorName{fynetheme.ColorNameForeground, fynetheme.ColorNamePrimary} {
		r.samples[i].FillColor, r.names[i].Color, r.names[i].TextSize = theme.Color(tone), muted, caption
	}
	r.line.FillColor, r.ground.FillColor = theme.Color(theme.ColorBorder), theme.Color(fynetheme.ColorNameHover)
	r.top.Text, r.top.Color, r.top.TextSize = r.b.top, muted, caption
	for i, x := range r.b.bars {
		r.upper[i].FillColor, r.lower[i].FillColor = theme.Color(fynetheme.ColorNamePrimary), theme.Color(fynetheme.ColorNameForeground)
		r.upper[i].CornerRadius, r.lower[i].CornerRadius = 2, 2
		r.labels[i].Text, r.labels[i].Color, r.labels[i].TextSize, r.labels[i].Alignment = x.Label, muted, caption, fyne.TextAlignCenter
		r.objects = append(r.objects, r.upper[i], r.lower[i], r.labels[i])
	}
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
