package control

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// explained returns one of each control that can be pressed, all with the explanation "words".
func explained() []interface {
	tip.Explained
	fyne.Tappable
	desktop.Hoverable
} {
	button := NewButton("Press", func() {}).Explained("words")
	copied := NewCopy("Copy", func() string { return "" }, time.Now)
	copied.Tip = "words"
	check := NewCheck("Tick", nil)
	check.Tip = "words"
	choice := NewSelect([]string{"A", "B"}, nil)
	choice.Tip = "words"
	entry := NewEntry()
	entry.Tip = "words"
	power := NewSwitch("On", "Off", nil)
	power.Tip = "words"
	chips := NewChips(1, nil)
	chips.Set([]Chip{{Word: "All", Tip: "words"}}, 0)
	page := Tab{Title: "Page", Icon: fynetheme.ListIcon(), Tip: "words"}
	return []interface {
		tip.Explained
		fyne.Tappable
		desktop.Hoverable
	}{
		button, copied, check, choice, entry, power, chips.items[0], NewTabs([]Tab{page}, nil).items[0], NewAside(page, func() {}),
		NewLight(func() {}).Explained("words"),
	}
}

// hover opens a window with an object. rest makes the pointer rest on it, and checks that the tooltip shows.
func hover(t *testing.T, o fyne.CanvasObject, focus fyne.CanvasObject) (l *tip.Layer, rest func(over desktop.Hoverable), w fyne.Window) {
	t.Helper()
	var wait func()
	l = tip.NewLayer(func(_ time.Duration, do func()) func() {
		wait = do
		return func() { wait = nil }
	})
	w = newWindow(t, container.NewStack(container.NewVBox(o, focus), l))
	return l, func(over desktop.Hoverable) {
		t.Helper()
		e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: fyne.NewPos(5, 5)}}
		over.MouseIn(e)
		if wait == nil {
			t.Fatal("no wait for the tooltip has begun")
		}
		wait()
		if over.MouseMoved(e); l.Text() != "words" {
			t.Fatalf(`the tooltip reads %q, want "words"`, l.Text())
		}
	}, w
}

func TestAPressHidesTheTooltip(t *testing.T) {
	for _, o := range explained() {
		t.Run(fmt.Sprintf("%T", o), func(t *testing.T) {
			l, rest, w := hover(t, o, NewEntry())
			rest(o)
			if test.Tap(o); l.Text() != "" {
				t.Error("the tooltip stays after a press")
			}
			for _, menu := range w.Canvas().Overlays().List() {
				w.Canvas().Overlays().Remove(menu)
			}
			o.MouseOut()
			rest(o)
			if o.MouseOut(); l.Text() != "" {
				t.Error("the tooltip stays after the pointer left")
			}
		})
	}
}

// TestAKeyHidesTheTooltip, even while a widget has the focus: Fyne then does not report keys to the window.
func TestAKeyHidesTheTooltip(t *testing.T) {
	others := []fyne.CanvasObject{NewChips(1, nil), NewTabs([]Tab{{Title: "Page", Icon: fynetheme.ListIcon()}}, nil), NewList(func() int { return 0 }, func() fyne.CanvasObject { return NewLine("", theme.Plain) }, func(int, fyne.CanvasObject) {})}
	for _, o := range explained() {
		if _, takes := o.(fyne.Focusable); takes {
			others = append(others, o)
		}
	}
	if len(others) < 10 {
		t.Errorf("only %d controls take the focus, want at least 10", len(others))
	}
	for _, o := range others {
		t.Run(fmt.Sprintf("%T", o), func(t *testing.T) {
			shown := NewButton("Other", nil).Explained("words")
			l, rest, w := hover(t, shown, o)
			f, _ := o.(fyne.Focusable)
			w.Canvas().Focus(f)
			rest(shown)
			if !pressKey(w.Canvas()) {
				t.Fatal("the control does not receive keys as they go down")
			}
			if l.Text() != "" {
				t.Error("the tooltip stays after a key")
			}
		})
	}
}

// pressKey presses a key on the widget with the focus, as the real window does.
func pressKey(c fyne.Canvas) bool {
	k, ok := c.Focused().(desktop.Keyable)
	if ok {
		k.KeyDown(&fyne.KeyEvent{Name: fyne.KeyLeft})
		k.KeyUp(&fyne.KeyEvent{Name: fyne.KeyLeft})
	}
	return ok
}
