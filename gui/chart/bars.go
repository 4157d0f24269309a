package chart

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// Bar is one pair of numbers with the label below it.
type Bar struct {
	Label        string
	Lower, Upper uint64 // a part, drawn in front of the whole
	Words        string // shown while the pointer is on it
}

// Bars is a chart of pairs of bars, the newest at the right. The package does not know what they mean: the caller gives
// the labels.
type Bars struct {
	widget.BaseWidget
	bars    []Bar
	names   [2]string                    // in the legend: of the lower and of the upper numbers
	value   func(v, most float64) string // as in [Plot]
	ticks   []float64
	hovered int
	OnHover func(words string) // called with "" when the pointer leaves
}

// NewBars returns an empty chart of bytes. lower and upper are the names in its legend; value formats a number for the
// scale.
func NewBars(lower, upper string, value func(v, most float64) string) *Bars {
	b := &Bars{hovered: -1, names: [2]string{lower, upper}, value: value, ticks: []float64{0}}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows bars.
func (b *Bars) Set(bars []Bar) {
	most := uint64(0)
	for _, x := range bars {
		most = max(most, x.Lower, x.Upper)
	}
	b.bars, b.ticks = bars, Ticks(float64(most), barSteps, 1024)
	b.Refresh()
}

// height returns the height of a bar where top is drawn as high as room. A value above zero is at least 1 high.
func height(n uint64, top float64, room float32) float32 {
	if n == 0 || top == 0 {
		return 0
	}
	return max(1, float32(float64(n)/top)*room)
}

// MouseIn is part of desktop.Hoverable.
func (b *Bars) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved is part of desktop.Hoverable.
func (b *Bars) MouseMoved(e *desktop.MouseEvent) {
	at := -1
	if n, room := len(b.bars), b.Size().Width-scaleWidth; n > 0 && room > 0 && e.Position.X >= scaleWidth {
		at = min(int((e.Position.X-scaleWidth)/(room/float32(n))), n-1)
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
	r := &barsRenderer{b: b, background: nothing()}
	for range barSteps + 1 {
		r.rules, r.values = append(r.rules, nothing()), append(r.values, canvas.NewText("", nil))
	}
	for i, name := range b.names {
		r.samples[i], r.names[i] = nothing(), canvas.NewText(name, nil)
		r.samples[i].CornerRadius = 2
	}
	r.Refresh()
	return r
}

type barsRenderer struct {
	b            *Bars
	background   *canvas.Rectangle   // behind the bars under the pointer
	rules        []*canvas.Rectangle // the scale, from zero
	values       []*canvas.Text
	lower, upper []*canvas.Rectangle
	labels       []*canvas.Text
	samples      [2]*canvas.Rectangle // the legend
	names        [2]*canvas.Text
	objects      []fyne.CanvasObject
}

// Sizes, in Fyne's units.
const (
	barSteps            = 3
	barsHeight  float32 = 128
	legendRoom  float32 = 24
	labelHeight float32 = 18
	widest      float32 = 46
)

func (r *barsRenderer) Destroy()                     {}
func (r *barsRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *barsRenderer) MinSize() fyne.Size           { return fyne.NewSize(120, barsHeight) }

func (r *barsRenderer) Layout(size fyne.Size) {
	n := len(r.b.bars)
	foot := size.Height - labelHeight
	top, room := r.b.ticks[len(r.b.ticks)-1], foot-legendRoom
	r.scale(size.Width, foot, room, top)
	r.legend(size.Width)
	r.background.Resize(fyne.Size{})
	if n == 0 || size.Width <= scaleWidth {
		return
	}
	slot := (size.Width - scaleWidth) / float32(n)
	width := min(slot*0.7, widest)
	every := max(1, int(min(44/slot+1, float32(n)))) // labels are far enough apart not to touch
	for i, x := range r.b.bars {
		from := scaleWidth + float32(i)*slot
		left := from + (slot-width)/2
		for _, part := range []struct {
			rect  *canvas.Rectangle
			n     uint64
			inset float32
		}{{r.upper[i], x.Upper, 0}, {r.lower[i], x.Lower, width / 4}} {
			h := height(part.n, top, room)
			part.rect.Move(fyne.NewPos(left+part.inset, foot-h))
			part.rect.Resize(fyne.NewSize(width-2*part.inset, h))
		}
		r.labels[i].Move(fyne.NewPos(from, foot+2))
		r.labels[i].Resize(fyne.NewSize(slot, labelHeight))
		r.labels[i].Hidden = (n-1-i)%every != 0
		if i == r.b.hovered {
			r.background.Move(fyne.NewPos(from, legendRoom))
			r.background.Resize(fyne.NewSize(slot, room))
		}
	}
}

// scale places the lines of the scale and their values.
func (r *barsRenderer) scale(width, foot, room float32, top float64) {
	for i, rule := range r.rules {
		if i >= len(r.b.ticks) || len(r.b.bars) == 0 {
			rule.Resize(fyne.Size{})
			r.values[i].Text = ""
			continue
		}
		y := foot
		if top > 0 {
			y -= float32(r.b.ticks[i]/top) * room
		}
		rule.Move(fyne.NewPos(scaleWidth, y))
		rule.Resize(fyne.NewSize(max(width-scaleWidth, 0), 1))
		r.values[i].Text = r.b.value(r.b.ticks[i], top)
		r.values[i].Move(fyne.NewPos(0, y-9))
		r.values[i].Resize(fyne.NewSize(scaleWidth-8, 18))
	}
}

// legend places the legend, right-aligned on the first line.
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
		r.upper, r.lower = append(r.upper, nothing()), append(r.lower, nothing())
		r.labels = append(r.labels, canvas.NewText("", nil))
	}
	r.objects = append(r.objects[:0], r.background)
	for i := range r.rules {
		r.rules[i].FillColor = theme.Color(fynetheme.ColorNameSeparator)
		r.values[i].Color, r.values[i].TextSize, r.values[i].Alignment = muted, caption, fyne.TextAlignTrailing
		r.objects = append(r.objects, r.rules[i], r.values[i])
	}
	r.objects = append(r.objects, r.samples[0], r.names[0], r.samples[1], r.names[1])
	for i, tone := range []fyne.ThemeColorName{fynetheme.ColorNameForeground, fynetheme.ColorNamePrimary} {
		r.samples[i].FillColor, r.names[i].Color, r.names[i].TextSize = theme.Color(tone), muted, caption
	}
	r.background.FillColor = theme.Color(fynetheme.ColorNameHover)
	for i, x := range r.b.bars {
		r.upper[i].FillColor, r.lower[i].FillColor = theme.Color(fynetheme.ColorNamePrimary), theme.Color(fynetheme.ColorNameForeground)
		r.upper[i].CornerRadius, r.lower[i].CornerRadius = 2, 2
		r.labels[i].Text, r.labels[i].Color, r.labels[i].TextSize, r.labels[i].Alignment = x.Label, muted, caption, fyne.TextAlignCenter
		r.objects = append(r.objects, r.upper[i], r.lower[i], r.labels[i])
	}
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
