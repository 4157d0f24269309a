// Package control has the widgets that are not special to one page: those that Fyne lacks, such as a switch, tabs,
// cards and a button that copies; and Fyne's own, with better keys and with explanations. It knows colours and sizes,
// but nothing about trackers, torrents or the engine.
package control

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// Switch is a big switch with two words. It shows the state that was set. A tap does not change that state: it only
// calls OnTapped.
type Switch struct {
	widget.DisableableWidget
	tip.Hover
	OnTapped func(on bool) // called with the state that the user asks for
	Tip      string        // shown while the pointer rests on it

	on, warn        bool
	onWord, offWord string
	focused         bool
}

// NewSwitch returns a switch that is off; it shows onWord or offWord inside.
func NewSwitch(onWord, offWord string, tapped func(on bool)) *Switch {
	s := &Switch{onWord: onWord, offWord: offWord, OnTapped: tapped}
	s.ExtendBaseWidget(s)
	s.Attach(s)
	return s
}

// Set shows the state; warn gives the switch a warning colour while it is on.
func (s *Switch) Set(on, warn bool) {
	if s.on != on || s.warn != warn {
		s.on, s.warn = on, warn
		s.Refresh()
	}
}

// On reports whether the switch shows the state on.
func (s *Switch) On() bool { return s.on }

func (s *Switch) ask() {
	if !s.Disabled() && s.OnTapped != nil {
		s.OnTapped(!s.on)
	}
}

// Tapped is part of fyne.Tappable.
func (s *Switch) Tapped(*fyne.PointEvent) {
	tip.Hide(s)
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil && !s.Disabled() {
		c.Focus(s)
	}
	s.ask()
}

// TypedKey is part of fyne.Focusable.
func (s *Switch) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		s.ask()
		return
	}
	grid.PassKey(s, e)
}

// TypedRune is part of fyne.Focusable.
func (s *Switch) TypedRune(rune) {}

// FocusGained is part of fyne.Focusable.
func (s *Switch) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost is part of fyne.Focusable.
func (s *Switch) FocusLost() { s.focused = false; s.Refresh() }

// Explanation returns the text that is shown while the pointer rests on it.
func (s *Switch) Explanation() string { return s.Tip }

// Cursor is part of desktop.Cursorable.
func (s *Switch) Cursor() desktop.Cursor {
	if s.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// Sizes of the switch, in Fyne's units.
const (
	switchWidth  float32 = 92
	switchHeight float32 = 40
	switchRing   float32 = 3 // room for the focus ring on each side
	switchKnob   float32 = 5 // between knob and track
)

// CreateRenderer is part of fyne.Widget.
func (s *Switch) CreateRenderer() fyne.WidgetRenderer {
	r := &switchRenderer{
		s: s, ring: canvas.NewRectangle(color.Transparent), track: canvas.NewRectangle(color.Transparent),
		knob: canvas.NewCircle(color.White), word: canvas.NewText("", nil),
	}
	r.word.TextStyle.Bold = true
	r.word.Alignment = fyne.TextAlignCenter
	r.Refresh()
	return r
}

type switchRenderer struct {
	s           *Switch
	ring, track *canvas.Rectangle
	knob        *canvas.Circle
	word        *canvas.Text
}

func (r *switchRenderer) Destroy() {}

func (r *switchRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.track, r.word, r.knob}
}

func (r *switchRenderer) MinSize() fyne.Size {
	return fyne.NewSize(switchWidth+2*switchRing, switchHeight+2*switchRing)
}

func (r *switchRenderer) Layout(size fyne.Size) {
	min := r.MinSize()
	at := fyne.NewPos((size.Width-min.Width)/2, (size.Height-min.Height)/2)
	r.ring.Move(at)
	r.ring.Resize(min)
	at = at.AddXY(switchRing, switchRing)
	r.track.Move(at)
	r.track.Resize(fyne.NewSize(switchWidth, switchHeight))
	d := switchHeight - 2*switchKnob
	knob, word := at.X+switchKnob, at.X+switchHeight-switchKnob
	if r.s.on {
		knob, word = at.X+switchWidth-switchKnob-d, at.X+switchKnob
	}
	r.knob.Move(fyne.NewPos(knob, at.Y+switchKnob))
	r.knob.Resize(fyne.NewSquareSize(d))
	r.word.Move(fyne.NewPos(word, at.Y))
	r.word.Resize(fyne.NewSize(switchWidth-switchHeight, switchHeight))
}

func (r *switchRenderer) Refresh() {
	r.ring.CornerRadius = switchHeight/2 + switchRing
	r.track.CornerRadius = switchHeight / 2
	r.ring.StrokeWidth, r.ring.StrokeColor = 0, color.Transparent
	if r.s.focused {
		r.ring.StrokeWidth, r.ring.StrokeColor = 2, theme.Color(fynetheme.ColorNameFocus)
	}
	background, text := theme.ColorTrack, theme.ColorOnTrack
	r.word.Text = r.s.offWord
	switch {
	case r.s.on && r.s.warn:
		r.word.Text, background, text = r.s.onWord, fynetheme.ColorNameWarning, fynetheme.ColorNameForegroundOnWarning
	case r.s.on:
		r.word.Text, background, text = r.s.onWord, fynetheme.ColorNamePrimary, fynetheme.ColorNameForegroundOnPrimary
	}
	if r.s.Disabled() {
		background, text = fynetheme.ColorNameDisabled, theme.ColorOnTrack
	}
	r.track.FillColor, r.knob.FillColor = theme.Color(background), theme.Color(text)
	r.word.Color, r.word.TextSize = theme.Color(text), theme.Size(fynetheme.SizeNameSubHeadingText)
	r.track.StrokeWidth, r.track.StrokeColor = 0, color.Transparent
	if r.s.Hovered() && !r.s.Disabled() {
		r.track.StrokeWidth, r.track.StrokeColor = 2, theme.Color(fynetheme.ColorNamePressed)
	}
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
