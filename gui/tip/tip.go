// Package tip shows explanations: a few words beside the pointer when it rests on something, which Fyne lacks.
// Explanations take neither the keyboard nor clicks. They go when the pointer leaves, a key is pressed, or the
// explained object moves, for example because it is scrolled. The texts come from the widgets.
package tip

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

const (
	delay         = 600 * time.Millisecond // how long the pointer rests before the explanation shows
	checkInterval = 100 * time.Millisecond // between two checks whether the object is still there
)

// After calls do on Fyne's goroutine after a wait, unless stop is called before.
type After func(wait time.Duration, do func()) (stop func())

// Layer lies over the content of a window, or of a dialog over it, and shows one explanation at a time. It must be the
// last object of the container that is the window's content.
type Layer struct {
	widget.BaseWidget
	after   After
	dialogs []*Layer // layers of open dialogs, the topmost last

	over   fyne.CanvasObject // the explained object under the pointer; nil for none
	text   string
	at     fyne.Position // the pointer in the window
	origin fyne.Position // the explained object when the pointer came to it
	stop   func()        // ends the current wait
	draw   *renderer     // nil until it is drawn
	shown  bool          // the explanation is shown
}

// NewLayer returns a layer that shows nothing.
func NewLayer(after After) *Layer {
	l := &Layer{after: after}
	l.ExtendBaseWidget(l)
	return l
}

// ForDialog returns the layer of a dialog over the window; see [Layer.Cover].
func (l *Layer) ForDialog() *Layer { return NewLayer(l.after) }

// Cover has a dialog's layer show the explanations until uncover is called, because the window's layer is below the
// dialog.
func (l *Layer) Cover(dialog *Layer) (uncover func()) {
	l.leave()
	l.dialogs = append(l.dialogs, dialog)
	return func() {
		dialog.leave()
		l.dialogs = slices.DeleteFunc(l.dialogs, func(d *Layer) bool { return d == dialog })
	}
}

// Over is called when the pointer comes to an object or moves on it; an empty text explains nothing.
func Over(o fyne.CanvasObject, e *desktop.MouseEvent, text string) {
	if l := layerOf(o); l != nil {
		l.pointerOver(o, e.AbsolutePosition, text)
	}
}

// Leave is called when the pointer left an object, even if another object, such as a menu, now lies over it.
func Leave(o fyne.CanvasObject) {
	if l := windowOf(o); l != nil {
		for _, l := range append(l.dialogs[:len(l.dialogs):len(l.dialogs)], l) {
			if l.over == o {
				l.leave()
			}
		}
	}
}

// Hide hides the explanation in the window of an object, for example after a click. It is shown again when the pointer
// comes back.
func Hide(o fyne.CanvasObject) {
	if l := windowOf(o); l != nil {
		l.Dismiss()
	}
}

// windowOf returns the layer of the window that an object is in; nil if there is none.
func windowOf(o fyne.CanvasObject) *Layer {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		return Of(c)
	}
	return nil
}

// layerOf returns the layer that explains an object now; nil if there is none, as below a menu.
func layerOf(o fyne.CanvasObject) *Layer {
	l := windowOf(o)
	switch {
	case l == nil:
		return nil
	case len(l.dialogs) > 0:
		return l.dialogs[len(l.dialogs)-1]
	case fyne.CurrentApp().Driver().CanvasForObject(o).Overlays().Top() != nil: // a menu
		return nil
	}
	return l
}

// Of returns the layer of a window; nil if it has none.
func Of(c fyne.Canvas) *Layer {
	root, ok := c.Content().(*fyne.Container)
	if !ok || len(root.Objects) == 0 {
		return nil
	}
	l, _ := root.Objects[len(root.Objects)-1].(*Layer)
	return l
}

// Text returns the explanation that is shown; empty if there is none.
func (l *Layer) Text() string {
	if l.shown {
		return l.text
	}
	return ""
}

func (l *Layer) pointerOver(o fyne.CanvasObject, at fyne.Position, text string) {
	if l.over == o && l.text == text {
		if !l.shown {
			l.at = at
		}
		return
	}
	l.leave()
	if text == "" {
		return
	}
	l.over, l.text, l.at = o, text, at
	l.origin = fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	l.stop = l.after(delay, l.open)
}

// leave hides the explanation and forgets the object under the pointer.
func (l *Layer) leave() {
	l.Dismiss()
	l.over, l.text = nil, ""
}

// Dismiss hides the explanation until the pointer leaves the object and comes back, or goes to another one.
func (l *Layer) Dismiss() {
	for _, d := range l.dialogs {
		d.Dismiss()
	}
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	if l.shown {
		l.shown = false
		l.Refresh()
	}
}

// open shows the explanation, unless a menu has opened over the object or the object has moved.
func (l *Layer) open() {
	if !l.stillInPlace() {
		l.leave()
		return
	}
	l.shown = true
	l.Refresh()
	l.stop = l.after(checkInterval, l.check)
}

// check hides the explanation if its object has moved, and otherwise looks again later.
func (l *Layer) check() {
	if !l.stillInPlace() {
		l.leave()
		return
	}
	l.stop = l.after(checkInterval, l.check)
}

// stillInPlace reports whether the explained object is still visible at the same place.
func (l *Layer) stillInPlace() bool {
	d := fyne.CurrentApp().Driver()
	return d.CanvasForObject(l.over) != nil && l.over.Visible() && layerOf(l.over) == l && d.AbsolutePositionForObject(l.over) == l.origin
}
