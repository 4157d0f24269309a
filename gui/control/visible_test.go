package control

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
)

// screen draws as Fyne's real windows do: only when something changes that was drawn before. Fyne's test driver does
// not do that.
type screen struct {
	fyne.Driver
	window fyne.Window
	drawn  map[fyne.CanvasObject]bool
	dirty  bool
}

func newScreen(t *testing.T, content fyne.CanvasObject) *screen {
	w := newWindow(t, content)
	a := fyne.CurrentApp()
	s := &screen{Driver: a.Driver(), window: w}
	fyne.SetCurrentApp(onScreen{a, s})
	t.Cleanup(func() { fyne.SetCurrentApp(a) })
	s.draw()
	return s
}

// draw draws one frame: it records the objects that are visible now.
func (s *screen) draw() {
	s.drawn, s.dirty = map[fyne.CanvasObject]bool{}, false
	s.walk(s.window.Content())
}

func (s *screen) walk(o fyne.CanvasObject) {
	if !o.Visible() {
		return
	}
	s.drawn[o] = true
	var inner []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inner = o.Objects
	case fyne.Widget:
		inner = test.WidgetRenderer(o).Objects()
	}
	for _, o := range inner {
		s.walk(o)
	}
}

func (s *screen) AllWindows() []fyne.Window { return []fyne.Window{windowOf{s.window, s}} }

func (s *screen) CanvasForObject(o fyne.CanvasObject) fyne.Canvas {
	if !s.drawn[o] {
		return nil
	}
	return canvasOf{s.window.Canvas(), s}
}

type onScreen struct {
	fyne.App
	s *screen
}

func (a onScreen) Driver() fyne.Driver { return a.s }

type windowOf struct {
	fyne.Window
	s *screen
}

func (w windowOf) Canvas() fyne.Canvas { return canvasOf{w.Window.Canvas(), w.s} }

type canvasOf struct {
	fyne.Canvas
	s *screen
}

func (c canvasOf) Refresh(fyne.CanvasObject) { c.s.dirty = true }
func (c canvasOf) SetDirty()                 { c.s.dirty = true }

func TestAnObjectIsDrawnAtOnceWhenFirstShown(t *testing.T) {
	detail := NewCard(NewLine("detail", theme.Plain))
	detail.Hide()
	s := newScreen(t, container.NewVBox(NewLine("list", theme.Plain), detail))
	SetVisible(detail, true)
	if !s.dirty {
		t.Error("shown for the first time, but no draw is requested")
	}
	s.draw()
	SetVisible(detail, true)
	if s.dirty {
		t.Error("a draw is requested though nothing changed")
	}
}

// TestAHiddenObjectLeavesNoGap, however deep the object lies, and before Fyne lays out the next frame.
func TestAHiddenObjectLeavesNoGap(t *testing.T) {
	for _, o := range []fyne.CanvasObject{NewLine("below", theme.Plain), NewCard(NewLine("below", theme.Plain)), container.NewVBox(NewLine("below", theme.Plain))} {
		middle := NewCard(NewLine("middle", theme.Plain))
		inner := Border(nil, o, nil, nil, middle)
		split := container.NewVSplit(container.NewStack(inner), NewLine("detail", theme.Plain))
		w := newWindow(t, Border(NewLine("head", theme.Plain), nil, nil, nil, container.NewStack(split)))
		w.Resize(fyne.NewSize(300, 400))
		before := middle.Size().Height
		SetVisible(o, false)
		if got := middle.Size().Height; got != inner.Size().Height {
			t.Errorf("%T is hidden, but the rest is %v high, want %v", o, got, inner.Size().Height)
		}
		SetVisible(o, true)
		if got := middle.Size().Height; got != before {
			t.Errorf("%T is shown again, and the rest is %v high, want %v", o, got, before)
		}
	}
}

func TestTheFirstMarkedRowIsDrawnAtOnce(t *testing.T) {
	g := grid.New([]grid.Column{{Title: "a", Min: 50}}, func() int { return 3 }, func(_ int, out []grid.Cell) { out[0].Text = "x" })
	s := newScreen(t, container.NewStack(g))
	g.Update()
	s.draw()
	g.Mark(1)
	if !s.dirty {
		t.Error("marked, but no draw is requested")
	}
}
