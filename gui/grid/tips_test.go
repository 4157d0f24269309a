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

// resting is a table with a narrow column of long texts, and a layer for explanations. over moves the pointer to a
// cell, head to a title, and grip to the line beside it.
type resting struct {
	*testing.T
	g     *Grid
	w     fyne.Window
	layer *tip.Layer
	wait  func()
}

func newResting(t *testing.T) *resting {
	g, w := draggable(t, 400)
	r := &resting{T: t, g: g, w: w}
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

func (r *resting) rest(on desktop.Hoverable) {
	r.Helper()
	on.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 10), AbsolutePosition: fyne.NewPos(20, 40)}})
	if r.wait == nil {
		r.Fatal("nothing is waited for")
	}
	if r.wait(); r.layer.Text() == "" {
		r.Fatal("nothing is explained")
	}
}

func TestAMenuAndAClickHideTheExplanation(t *testing.T) {
	r := newResting(t)
	menu := widget.NewLabel("a menu")
	r.g.OnMenu = func(int, fyne.Position) {
		if r.layer.Text() != "" {
			t.Error("the menu opens over an explanation")
		}
		r.w.Canvas().Overlays().Add(menu)
	}
	r.rest(r.g.body)
	test.TapSecondaryAt(r.g.body, fyne.NewPos(20, 10))
	r.g.body.MouseOut()
	r.w.Canvas().Overlays().Remove(menu)
	r.rest(r.g.body) // it comes back
	r.g.body.MouseOut()

	title := r.g.header.titles[0]
	r.rest(title)
	if test.Tap(title); r.layer.Text() != "" {
		t.Error("a title that sorts is still explained")
	}
}

// TestAKeyInTheTableHidesTheExplanation: Fyne reports keys to the window only while no widget has the focus.
func TestAKeyInTheTableHidesTheExplanation(t *testing.T) {
	r := newResting(t)
	for _, focus := range []fyne.Focusable{r.g.body, r.g.header} {
		r.w.Canvas().Focus(focus)
		r.g.body.MouseOut()
		r.rest(r.g.body)
		down := &fyne.KeyEvent{Name: fyne.KeyLeft}
		keys, ok := r.w.Canvas().Focused().(desktop.Keyable)
		if !ok {
			t.Fatalf("%T does not take keys as they go down", r.w.Canvas().Focused())
		}
		keys.KeyDown(down)
		keys.KeyUp(down)
		if r.layer.Text() != "" {
			t.Errorf("a key in %T leaves the explanation", focus)
		}
	}
}
