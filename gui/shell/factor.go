package shell

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
	"bittoratio/gui/control"
	"bittoratio/gui/grid"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// The slider's range. Larger factors have to be typed.
const (
	sliderMin = policy.One
	sliderMax = 10 * policy.One
	tenth     = policy.One / 10
)

// factor is the multiplier: a slider with its number. It shows the engine's factor, except for a moment after the user
// moved it, when an older snapshot must not move the slider back.
type factor struct {
	set      func(policy.Factor) // gives the factor to the engine
	askExact func()              // asks the user for an exact number
	now      func() time.Time

	value    policy.Factor
	dragging bool
	focused  bool      // the slider has the focus
	until    time.Time // until then older snapshots do not count
	chosenAt time.Time // when the user last chose a factor

	day exchange.LastDay // for the forecast

	slider       *slider
	label        *factorLabel
	forecastLine *control.Line
	content      fyne.CanvasObject
}

// choiceTimeout is how long the engine may take to show the user's choice.
const choiceTimeout = time.Second

func newFactor(now func() time.Time, set func(policy.Factor), enter func()) *factor {
	f := &factor{set: set, askExact: enter, now: now}
	f.slider = newSlider(f)
	f.label = newFactorLabel(f)
	caption := func(text string, align fyne.TextAlign) *control.Line {
		return control.NewLine(text, theme.Muted).Sized(fynetheme.SizeNameCaptionText).Aligned(align)
	}
	scale := control.Border(nil, nil, caption(text.Times(sliderMin), fyne.TextAlignLeading), caption(text.Times(sliderMax), fyne.TextAlignTrailing),
		caption(lang.L("Multiplier"), fyne.TextAlignCenter))
	track := container.NewThemeOverride(f.slider, theme.Accented())
	f.forecastLine = caption("", fyne.TextAlignCenter).AtLeast(120).Explained(lang.L("A forecast: what the uploads of the last 24 hours would have been reported as."))
	choice := control.Border(nil, nil, nil, f.label, container.NewVBox(container.New(layout.NewCustomPaddedLayout(0, -6, 8, 8), scale), track))
	f.content = container.NewVBox(layout.NewSpacer(), choice, container.New(layout.NewCustomPaddedLayout(-7, 0, 0, 0), f.forecastLine), layout.NewSpacer())
	return f
}

// showForecast shows what the multiplier would have made of the last 24 hours. It shows this only while the user is
// choosing a factor, so that nobody takes it for what was reported.
func (f *factor) showForecast() {
	choosing := f.dragging || f.focused || f.now().Before(f.chosenAt.Add(choiceTimeout))
	if !choosing || f.day.Seen == 0 {
		f.forecastLine.Set("", theme.Muted)
		return
	}
	at, seen, would := text.Times(f.value), text.Bytes(f.day.Seen), text.Bytes(f.day.At(f.value))
	words := lang.L("At %s, the last %s would have become %s", at, seen, would)
	if room := f.forecastLine.Size().Width; room > 0 && fyne.MeasureText(words, theme.Size(fynetheme.SizeNameCaptionText), fyne.TextStyle{}).Width > room {
		words = lang.L("At %s: %s would be %s", at, seen, would)
	}
	f.forecastLine.Set(words, theme.Strong)
}

// show shows the engine's factor.
func (f *factor) show(value policy.Factor, day exchange.LastDay) {
	f.day = day
	defer f.showForecast()
	if value == f.value {
		f.until = time.Time{}
		return
	}
	if f.dragging || f.now().Before(f.until) {
		return
	}
	f.paint(value)
}

// choose takes over a factor that the user chose.
func (f *factor) choose(value policy.Factor) {
	if value == f.value {
		return
	}
	f.chosenAt = f.now()
	f.until = f.chosenAt.Add(choiceTimeout)
	f.paint(value)
	f.set(value)
}

func (f *factor) paint(value policy.Factor) {
	f.value = value
	f.slider.place(value)
	words := text.Times(value)
	f.label.line.Sized(theme.SizeFigure)
	if len(words) > len("10.5×") {
		f.label.line.Sized(fynetheme.SizeNameHeadingText)
	}
	f.label.line.Set(words, theme.Strong)
	f.showForecast()
}

// step changes the factor by thousandths. It stops at the end of the slider's range, except that single thousandths,
// and factors beyond the range, may go up to the largest factor.
func (f *factor) step(by int64) {
	top := int64(sliderMax)
	if f.value > sliderMax || (f.value == sliderMax && by == 1) {
		top = int64(policy.MaxFactor)
	}
	f.choose(policy.Factor(min(max(int64(f.value)+by, int64(policy.One)), top)))
}

// slider is Fyne's slider with finer keys: an arrow moves by a tenth, with Shift by a thousandth.
type slider struct {
	track
	tip.Hover
	factor *factor
}

// track is Fyne's slider, embedded one level deeper so that the pointer methods of tip.Hover win.
type track struct{ widget.Slider }

func newSlider(f *factor) *slider {
	s := &slider{factor: f}
	s.Min, s.Max, s.Step, s.Value = sliderMin.Float(), sliderMax.Float(), 0.1, sliderMin.Float()
	s.OnChanged = s.onChanged
	s.ExtendBaseWidget(s)
	s.Wrap(s, &s.Slider)
	return s
}

// place moves the thumb without calling a callback.
func (s *slider) place(v policy.Factor) {
	at := min(v, sliderMax).Float()
	if s.Value != at {
		s.Value = at
		s.Refresh()
	}
}

func (s *slider) onChanged(v float64) {
	s.factor.choose(policy.Factor(math.Round(v*10)) * tenth)
}

// Dragged is part of fyne.Draggable.
func (s *slider) Dragged(e *fyne.DragEvent) {
	s.factor.dragging = true
	s.Slider.Dragged(e)
}

// DragEnd is part of fyne.Draggable.
func (s *slider) DragEnd() {
	s.factor.dragging = false
	s.Slider.DragEnd()
}

// Scrolled is part of fyne.Scrollable. The wheel moves the slider by a tenth.
func (s *slider) Scrolled(e *fyne.ScrollEvent) {
	switch {
	case e.Scrolled.DY > 0:
		s.factor.step(int64(tenth))
	case e.Scrolled.DY < 0:
		s.factor.step(-int64(tenth))
	}
}

// FocusGained is part of fyne.Focusable.
func (s *slider) FocusGained() {
	s.Slider.FocusGained()
	s.factor.focused = true
	s.factor.showForecast()
}

// FocusLost is part of fyne.Focusable.
func (s *slider) FocusLost() {
	s.Slider.FocusLost()
	s.factor.focused = false
	s.factor.showForecast()
}

// AccessibilityLabel returns the multiplier.
func (s *slider) AccessibilityLabel() string {
	return lang.L("Multiplier") + " " + text.Times(s.factor.value)
}

// AccessibilityRole is part of fyne.Accessible.
func (s *slider) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// AccessibilityLabel returns the multiplier. Pressing it lets the user type one.
func (g *factorLabel) AccessibilityLabel() string { return g.factor.slider.AccessibilityLabel() }

// AccessibilityRole is part of fyne.Accessible.
func (g *factorLabel) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Explanation returns the text that is shown while the pointer rests on it; "" while it is dragged.
func (s *slider) Explanation() string {
	if s.factor.dragging {
		return ""
	}
	return lang.L("Each new byte that your clients upload is reported as so many. What was reported before stays as it is.")
}

// TypedKey is part of fyne.Focusable.
func (s *slider) TypedKey(e *fyne.KeyEvent) {
	by := int64(tenth)
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		by = 1
	}
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		s.factor.step(-by)
	case fyne.KeyRight, fyne.KeyUp:
		s.factor.step(by)
	case fyne.KeyPageDown:
		s.factor.step(-int64(policy.One))
	case fyne.KeyPageUp:
		s.factor.step(int64(policy.One))
	case fyne.KeyHome:
		s.factor.choose(sliderMin)
	case fyne.KeyEnd:
		s.factor.choose(sliderMax)
	case fyne.KeyReturn, fyne.KeyEnter:
		s.factor.askExact()
	default:
		grid.PassKey(s, e)
	}
}

// factorLabel shows the factor in large digits; a tap lets the user type an exact one.
type factorLabel struct {
	widget.BaseWidget
	factor *factor
	line   *control.Line
}

func newFactorLabel(f *factor) *factorLabel {
	g := &factorLabel{factor: f}
	g.line = control.NewLine("", theme.Strong).Explained(g.Explanation()).Sized(theme.SizeFigure).Styled(fyne.TextStyle{Bold: true}).Aligned(fyne.TextAlignTrailing).AtLeast(88)
	g.ExtendBaseWidget(g)
	return g
}

// Explanation returns the text that is shown while the pointer rests on it.
func (g *factorLabel) Explanation() string {
	return lang.L("The multiplier. A click lets you type it, up to 100, with three decimals.")
}

// Tapped is part of fyne.Tappable.
func (g *factorLabel) Tapped(*fyne.PointEvent) { g.factor.askExact() }

// Cursor is part of desktop.Cursorable.
func (g *factorLabel) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer is part of fyne.Widget.
func (g *factorLabel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewCenter(g.line))
}
