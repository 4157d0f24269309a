package grid

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/tip"
)

// hoverTest is a table with a narrow column of long texts, and a layer for tooltips.
// hover makes the pointer rest on a part of it.
type hoverTest struct {
	*testing.T
	g     *Grid
	w     fyne.Window
	layer *tip.Layer
	wait  func()
}

func newHoverTest(t *testing.T) *hoverTest {
	g, w := draggable(t, 400)
	r := &hoverTest{T: t, g: g, w: w}
	r.layer = tip.NewLayer(func(_ time.Duration, do func()) func() {
		r.wait = do
		return func() { r.wait = nil }
	})
	w.SetContent(container.NewStack(g, r.layer))
	w.Resize(fyne.NewSize(400, 330))
	g.drag(0, -120)
	g.OnSort = func(string) {}
	g.header.titles[0].column.Tip = "words"
	return r
}

func (r *hoverTest) hover(on desktop.Hoverable) {
	r.Helper()
	on.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 10), AbsolutePosition: fyne.NewPos(20, 40)}})
	if r.wait == nil {
		r.Fatal("no wait for the tooltip has begun")
	}
	if r.wait(); r.layer.Text() == "" {
		r.Fatal("no tooltip appears")
	}
}

func TestAMenuAndAClickHideTheTooltip(t *testing.T) {
	r := newHoverTest(t)
	menu := widget.NewLabel("a menu")
	r.g.OnMenu = func(int, fyne.Position) {
		if r.layer.Text() != "" {
			t.Error("the menu opens over a tooltip")
		}
		r.w.Canvas().Overlays().Add(menu)
	}
	r.hover(r.g.body)
	test.TapSecondaryAt(r.g.body, fyne.NewPos(20, 10))
	r.g.body.MouseOut()
	r.w.Canvas().Overlays().Remove(menu)
	r.hover(r.g.body) // it comes back
	r.g.body.MouseOut()

	title := r.g.header.titles[0]
	r.hover(title)
	if test.Tap(title); r.layer.Text() != "" {
		t.Error("the tooltip of a title stays after a click")
	}
}

// TestAKeyInTheTableHidesTheTooltip: Fyne reports keys to the window only while no widget has the focus.
func TestAKeyInTheTableHidesTheTooltip(t *testing.T) {
	r := newHoverTest(t)
	for _, focus := range []fyne.Focusable{r.g.body, r.g.header} {
		r.w.Canvas().Focus(focus)
		r.g.body.MouseOut()
		r.hover(r.g.body)
		down := &fyne.KeyEvent{Name: fyne.KeyLeft}
		keys, ok := r.w.Canvas().Focused().(desktop.Keyable)
		if !ok {
			t.Fatalf("%T does not receive keys as they go down", r.w.Canvas().Focused())
		}
		keys.KeyDown(down)
		keys.KeyUp(down)
		if r.layer.Text() != "" {
			t.Errorf("the tooltip stays after a key in %T", focus)
		}
	}
}
