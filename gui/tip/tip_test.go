package tip

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/theme"
)

// clock lets the test end each wait itself.
type clock struct {
	do   func()
	wait time.Duration
}

func (c *clock) after(wait time.Duration, do func()) (stop func()) {
	c.wait, c.do = wait, do
	return func() { c.do = nil }
}

func (c *clock) elapse() {
	if do := c.do; do != nil {
		c.do = nil
		do()
	}
}

func newWindow(t *testing.T) (l *Layer, c *clock, target *widget.Label, w fyne.Window) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	c, target = &clock{}, widget.NewLabel("target")
	l = NewLayer(c.after)
	entry := &hoverEntry{}
	entry.ExtendBaseWidget(entry)
	entry.Attach(entry)
	w = test.NewTempWindow(t, container.NewStack(container.NewVBox(target, entry), l))
	w.Resize(fyne.NewSize(400, 200))
	return l, c, target, w
}

func at(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: fyne.NewPos(x, y)}}
}

func TestATooltipAppearsAfterADelayAndDisappearsWithThePointer(t *testing.T) {
	l, c, target, _ := newWindow(t)
	Over(target, at(20, 10), "words")
	if l.Text() != "" || c.wait != delay {
		t.Fatalf("the tooltip appears at once: %q, or after %v; want nothing before %v", l.Text(), c.wait, delay)
	}
	Over(target, at(30, 10), "words")
	if c.elapse(); l.Text() != "words" {
		t.Fatalf(`after the delay the tooltip reads %q, want "words"`, l.Text())
	}
	if c.elapse(); l.Text() != "words" {
		t.Error("the tooltip disappears by itself")
	}
	Over(target, at(60, 10), "other words")
	if l.Text() != "" {
		t.Error("the tooltip stays after the pointer moved to another object")
	}
	if c.elapse(); l.Text() != "other words" {
		t.Errorf(`the tooltip reads %q, want "other words"`, l.Text())
	}
	Leave(target)
	if c.elapse(); l.Text() != "" {
		t.Error("the tooltip stays after the pointer left")
	}
	Over(target, at(20, 10), "")
	if c.do != nil {
		t.Error("a wait has begun although there is no tooltip to show")
	}
}

// hoverEntry is an entry that hides the explanation when a key goes down, as all widgets of package control do.
type hoverEntry struct {
	widget.Entry
	Hover
}

func (e *hoverEntry) KeyDown(k *fyne.KeyEvent) { e.Hover.KeyDown(k) }
func (e *hoverEntry) KeyUp(k *fyne.KeyEvent)   { e.Hover.KeyUp(k) }
func (e *hoverEntry) Explanation() string      { return "" }

// TestAKeyAClickAndTheWheelHideTheTooltip, and the widget with the focus keeps the focus.
func TestAKeyAClickAndTheWheelHideTheTooltip(t *testing.T) {
	l, c, target, w := newWindow(t)
	entry, _ := w.Content().(*fyne.Container).Objects[0].(*fyne.Container).Objects[1].(*hoverEntry)
	w.Canvas().Focus(entry)
	show := func() {
		t.Helper()
		Leave(target)
		Over(target, at(20, 10), "words")
		if c.elapse(); l.Text() == "" || w.Canvas().Focused() != entry {
			t.Fatal("no tooltip appears, or it takes the focus")
		}
	}
	show()
	if Hide(target); l.Text() != "" {
		t.Error("the tooltip stays after a click")
	}
	Over(target, at(25, 10), "words")
	if c.elapse(); l.Text() != "" {
		t.Error("the tooltip appears again although the pointer never left")
	}
	show()
	keys, _ := w.Canvas().Focused().(desktop.Keyable)
	if keys.KeyDown(&fyne.KeyEvent{Name: fyne.KeyA}); l.Text() != "" {
		t.Error("the tooltip stays after a key")
	}
	show()
	target.Move(target.Position().AddXY(0, -25)) // as a wheel does
	if c.elapse(); l.Text() != "" || c.do != nil {
		t.Error("the tooltip stays although its object moved away")
	}
	show()
	w.Canvas().Overlays().Add(widget.NewLabel("a menu"))
	if c.elapse(); l.Text() != "" {
		t.Error("the tooltip stays although a menu covers its object")
	}
	Over(target, at(25, 10), "words")
	if c.do != nil {
		t.Error("a wait has begun for an object under a menu")
	}
}

// TestTheTooltipAppearsAgainAfterAMenu: the pointer leaves the object that a menu opened from, because the menu lies
// over it.
func TestTheTooltipAppearsAgainAfterAMenu(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	c.elapse()
	Hide(target) // the click that opens the menu
	menu := widget.NewLabel("a menu")
	w.Canvas().Overlays().Add(menu)
	Leave(target)
	w.Canvas().Overlays().Remove(menu)
	Over(target, at(20, 10), "words")
	if c.elapse(); l.Text() != "words" {
		t.Errorf(`after the menu the tooltip reads %q, want "words"`, l.Text())
	}
}

func TestNoTooltipOpensUnderAMenuOrWhereItsObjectWas(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	menu := widget.NewLabel("a menu")
	w.Canvas().Overlays().Add(menu)
	if c.elapse(); l.Text() != "" || c.do != nil {
		t.Error("a tooltip opens under a menu")
	}
	w.Canvas().Overlays().Remove(menu)
	Over(target, at(20, 10), "words")
	target.Move(target.Position().AddXY(0, -25)) // as a wheel does
	if c.elapse(); l.Text() != "" || c.do != nil {
		t.Error("a tooltip opens where its object was")
	}
	Over(target, at(20, 10), "words")
	if c.elapse(); l.Text() != "words" {
		t.Errorf(`the tooltip reads %q, want "words"`, l.Text())
	}
}

func TestADialogHasItsOwnTooltips(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	c.elapse()
	own := l.ForDialog()
	uncover := l.Cover(own)
	if l.Text() != "" {
		t.Error("the window's tooltip stays under the dialog")
	}
	inside := widget.NewLabel("inside")
	pop := widget.NewModalPopUp(container.NewStack(inside, own), w.Canvas())
	pop.Show()
	Over(inside, at(50, 50), "of the dialog")
	if c.elapse(); own.Text() != "of the dialog" {
		t.Errorf(`the dialog's tooltip reads %q, want "of the dialog"`, own.Text())
	}
	pop.Hide()
	uncover()
	Over(target, at(20, 10), "words")
	if c.elapse(); own.Text() != "" || l.Text() != "words" {
		t.Errorf(`after the dialog, its tooltip reads %q and the window's %q; want none and "words"`, own.Text(), l.Text())
	}
}

// TestATooltipStaysInsideTheWindow, and long texts are broken into lines.
func TestATooltipStaysInsideTheWindow(t *testing.T) {
	l, c, target, _ := newWindow(t)
	for _, p := range []fyne.Position{{X: 5, Y: 5}, {X: 395, Y: 10}, {X: 395, Y: 195}, {X: 5, Y: 195}} {
		Leave(target)
		Over(target, at(p.X, p.Y), strings.Repeat("many words ", 12)+"\nand a line")
		c.elapse()
		objects := test.WidgetRenderer(l).Objects()
		if len(objects) < 4 {
			t.Fatalf("the tooltip has %d objects, want at least 4: several lines", len(objects))
		}
		for _, o := range objects {
			a, b := o.Position(), o.Position().Add(o.Size())
			if a.X < 0 || a.Y < 0 || b.X > l.Size().Width || b.Y > l.Size().Height {
				t.Errorf("pointer at %v: %T from %v to %v is not inside %v", p, o, a, b, l.Size())
			}
		}
		if last, _ := objects[len(objects)-1].(*canvas.Text); last.Text != "and a line" {
			t.Errorf(`the last line is %q, want "and a line"`, last.Text)
		}
	}
	Leave(target)
	if n := len(test.WidgetRenderer(l).Objects()); n != 0 {
		t.Errorf("%d objects are left after the pointer left, want 0", n)
	}
}

// wrapper is a widget that wraps another one.
type wrapper struct {
	widget.Label
	Hover
	got string
}

func (m *wrapper) Explanation() string { return "words" }

// wrapped is the wrapped widget. It records the events that it gets.
type wrapped struct{ of *wrapper }

func (i wrapped) MouseIn(*desktop.MouseEvent)    { i.of.got += "in " }
func (i wrapped) MouseMoved(*desktop.MouseEvent) { i.of.got += "moved " }
func (i wrapped) MouseOut()                      { i.of.got += "out " }

// TestHoverPassesItsEventsToTheWrappedWidget: Fyne's own widgets react to the pointer themselves.
func TestHoverPassesItsEventsToTheWrappedWidget(t *testing.T) {
	l, c, _, w := newWindow(t)
	m := &wrapper{}
	m.ExtendBaseWidget(m)
	m.Wrap(m, wrapped{m})
	w.SetContent(container.NewStack(m, l))
	m.MouseIn(at(5, 5))
	m.MouseMoved(at(6, 5))
	if c.elapse(); l.Text() != "words" || !m.Hovered() {
		t.Errorf(`the tooltip reads %q, hovered = %v; want "words" and true`, l.Text(), m.Hovered())
	}
	if m.MouseOut(); l.Text() != "" || m.Hovered() || m.got != "in moved out " {
		t.Errorf(`the tooltip reads %q, hovered = %v, the wrapped widget got %q; want nothing, false, and "in moved out "`, l.Text(), m.Hovered(), m.got)
	}
}
