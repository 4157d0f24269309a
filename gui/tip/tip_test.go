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

func (c *clock) pass() {
	if do := c.do; do != nil {
		c.do = nil
		do()
	}
}

func newWindow(t *testing.T) (l *Layer, c *clock, target *widget.Label, w fyne.Window) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	c, target = &clock{}, widget.NewLabel("target")
	l = NewLayer(c.after)
	entry := &typed{}
	entry.ExtendBaseWidget(entry)
	entry.Attach(entry)
	w = test.NewTempWindow(t, container.NewStack(container.NewVBox(target, entry), l))
	w.Resize(fyne.NewSize(400, 200))
	return l, c, target, w
}

func at(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: fyne.NewPos(x, y)}}
}

func TestAnExplanationComesAfterAWhileAndGoesWithThePointer(t *testing.T) {
	l, c, target, _ := newWindow(t)
	Over(target, at(20, 10), "words")
	if l.Text() != "" || c.wait != delay {
		t.Fatalf("at once, or after %v", c.wait)
	}
	Over(target, at(30, 10), "words")
	if c.pass(); l.Text() != "words" {
		t.Fatalf("shows %q", l.Text())
	}
	if c.pass(); l.Text() != "words" {
		t.Error("it goes by itself")
	}
	Over(target, at(60, 10), "other words")
	if l.Text() != "" {
		t.Error("it stays where something else is explained")
	}
	if c.pass(); l.Text() != "other words" {
		t.Errorf("shows %q", l.Text())
	}
	Leave(target)
	if c.pass(); l.Text() != "" {
		t.Error("it stays when the pointer left")
	}
	Over(target, at(20, 10), "")
	if c.do != nil {
		t.Error("nothing is to be explained, and is waited for")
	}
}

// typed is an entry that hides the explanation when a key goes down, as all widgets of package control do.
type typed struct {
	widget.Entry
	Hover
}

func (e *typed) KeyDown(k *fyne.KeyEvent) { e.Hover.KeyDown(k) }
func (e *typed) KeyUp(k *fyne.KeyEvent)   { e.Hover.KeyUp(k) }
func (e *typed) Explanation() string      { return "" }

// TestItGoesWithAKeyAClickAndTheWheel, and the widget with the focus keeps it.
func TestItGoesWithAKeyAClickAndTheWheel(t *testing.T) {
	l, c, target, w := newWindow(t)
	entry, _ := w.Content().(*fyne.Container).Objects[0].(*fyne.Container).Objects[1].(*typed)
	w.Canvas().Focus(entry)
	show := func() {
		t.Helper()
		Leave(target)
		Over(target, at(20, 10), "words")
		if c.pass(); l.Text() == "" || w.Canvas().Focused() != entry {
			t.Fatal("it does not come, or takes the keyboard")
		}
	}
	show()
	if Hide(target); l.Text() != "" {
		t.Error("a click leaves it")
	}
	Over(target, at(25, 10), "words")
	if c.pass(); l.Text() != "" {
		t.Error("it comes back though the pointer never left")
	}
	show()
	keys, _ := w.Canvas().Focused().(desktop.Keyable)
	if keys.KeyDown(&fyne.KeyEvent{Name: fyne.KeyA}); l.Text() != "" {
		t.Error("a key leaves it")
	}
	show()
	target.Move(target.Position().AddXY(0, -25)) // as a wheel does
	if c.pass(); l.Text() != "" || c.do != nil {
		t.Error("what it explains is elsewhere, and it stays")
	}
	show()
	w.Canvas().Overlays().Add(widget.NewLabel("a menu"))
	if c.pass(); l.Text() != "" {
		t.Error("a menu lies over what it explains, and it stays")
	}
	Over(target, at(25, 10), "words")
	if c.do != nil {
		t.Error("what is under a menu is explained")
	}
}

// TestItComesBackAfterAMenu: the pointer leaves the object that a menu opened from, because the menu lies over it.
func TestItComesBackAfterAMenu(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	c.pass()
	Hide(target) // the click that opens the menu
	menu := widget.NewLabel("a menu")
	w.Canvas().Overlays().Add(menu)
	Leave(target)
	w.Canvas().Overlays().Remove(menu)
	Over(target, at(20, 10), "words")
	if c.pass(); l.Text() != "words" {
		t.Errorf("shows %q", l.Text())
	}
}

func TestNothingOpensUnderAMenuOrElsewhere(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	menu := widget.NewLabel("a menu")
	w.Canvas().Overlays().Add(menu)
	if c.pass(); l.Text() != "" || c.do != nil {
		t.Error("an explanation opens under a menu")
	}
	w.Canvas().Overlays().Remove(menu)
	Over(target, at(20, 10), "words")
	target.Move(target.Position().AddXY(0, -25)) // as a wheel does
	if c.pass(); l.Text() != "" || c.do != nil {
		t.Error("an explanation opens where its object was")
	}
	Over(target, at(20, 10), "words")
	if c.pass(); l.Text() != "words" {
		t.Errorf("shows %q", l.Text())
	}
}

func TestADialogHasItsOwnLayer(t *testing.T) {
	l, c, target, w := newWindow(t)
	Over(target, at(20, 10), "words")
	c.pass()
	own := l.ForDialog()
	uncover := l.Cover(own)
	if l.Text() != "" {
		t.Error("the window's explanation lies under the dialog")
	}
	inside := widget.NewLabel("inside")
	pop := widget.NewModalPopUp(container.NewStack(inside, own), w.Canvas())
	pop.Show()
	Over(inside, at(50, 50), "of the dialog")
	if c.pass(); own.Text() != "of the dialog" {
		t.Errorf("%q", own.Text())
	}
	pop.Hide()
	uncover()
	Over(target, at(20, 10), "words")
	if c.pass(); own.Text() != "" || l.Text() != "words" {
		t.Errorf("%q, %q", own.Text(), l.Text())
	}
}

// TestItStaysInTheWindow, and long texts are broken into lines.
func TestItStaysInTheWindow(t *testing.T) {
	l, c, target, _ := newWindow(t)
	for _, p := range []fyne.Position{{X: 5, Y: 5}, {X: 395, Y: 10}, {X: 395, Y: 195}, {X: 5, Y: 195}} {
		Leave(target)
		Over(target, at(p.X, p.Y), strings.Repeat("many words ", 12)+"\nand a line")
		c.pass()
		objects := test.WidgetRenderer(l).Objects()
		if len(objects) < 4 {
			t.Fatalf("%d objects", len(objects))
		}
		for _, o := range objects {
			a, b := o.Position(), o.Position().Add(o.Size())
			if a.X < 0 || a.Y < 0 || b.X > l.Size().Width || b.Y > l.Size().Height {
				t.Errorf("at %v: %T from %v to %v in %v", p, o, a, b, l.Size())
			}
		}
		if last, _ := objects[len(objects)-1].(*canvas.Text); last.Text != "and a line" {
			t.Errorf("%q", last.Text)
		}
	}
	Leave(target)
	if n := len(test.WidgetRenderer(l).Objects()); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

// made is a widget that wraps another one.
type made struct {
	widget.Label
	Hover
	got string
}

func (m *made) Explanation() string { return "words" }

// inside is the wrapped widget. It records the events that it gets.
type inside struct{ of *made }

func (i inside) MouseIn(*desktop.MouseEvent)    { i.of.got += "in " }
func (i inside) MouseMoved(*desktop.MouseEvent) { i.of.got += "moved " }
func (i inside) MouseOut()                      { i.of.got += "out " }

// TestAHoverLeavesTheEventsToWhatItWraps: Fyne's own widgets react to the pointer themselves.
func TestAHoverLeavesTheEventsToWhatItWraps(t *testing.T) {
	l, c, _, w := newWindow(t)
	m := &made{}
	m.ExtendBaseWidget(m)
	m.Wrap(m, inside{m})
	w.SetContent(container.NewStack(m, l))
	m.MouseIn(at(5, 5))
	m.MouseMoved(at(6, 5))
	if c.pass(); l.Text() != "words" || !m.Hovered() {
		t.Errorf("shows %q, hovered %v", l.Text(), m.Hovered())
	}
	if m.MouseOut(); l.Text() != "" || m.Hovered() || m.got != "in moved out " {
		t.Errorf("shows %q, hovered %v, passed on %q", l.Text(), m.Hovered(), m.got)
	}
}
