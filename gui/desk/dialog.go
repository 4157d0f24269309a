package desk

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"bittoratio/gui/control"
	"bittoratio/gui/tip"
)

// Dialog is a dialog over the window. Unlike Fyne's dialog, it closes with Esc, and Enter presses the button with the
// focus, or its main button if nothing has the focus.
type Dialog struct {
	*dialog.CustomDialog
	desk    *Desk
	content *fyne.Container
	message string     // that it shows; empty where it is no message
	tips    *tip.Layer // nil if the window has none
}

// over is a dialog over the window.
type over struct {
	dialog  dialog.Dialog
	content fyne.CanvasObject // nil for one of Fyne's own dialogs
	main    fyne.Focusable
	message string
}

// NewDialog returns a dialog that is not open yet.
func (d *Desk) NewDialog(title string, content fyne.CanvasObject) *Dialog {
	b := &Dialog{desk: d, content: container.New(&fitted{}, content)}
	content = b.content
	if tips := tip.Of(d.Canvas()); tips != nil {
		b.tips = tips.ForDialog()
		content = container.NewStack(content, b.tips)
	}
	b.CustomDialog = dialog.NewCustomWithoutButtons(title, content, d.window)
	return b
}

// Button returns a button that closes the dialog and then calls do, which may be nil.
func (b *Dialog) Button(label string, do func()) *control.Button {
	return control.NewButton(label, func() {
		b.Hide()
		if do != nil {
			do()
		}
	})
}

// Open shows the dialog with its buttons; main gets the keyboard's focus.
func (b *Dialog) Open(main fyne.Focusable, buttons ...fyne.CanvasObject) {
	b.SetButtons(buttons)
	b.fit()
	b.Show()
	b.desk.opened(over{b.CustomDialog, b.content, main, b.message})
	if b.tips != nil {
		b.SetOnClosed(tip.Of(b.desk.Canvas()).Cover(b.tips))
	}
	b.desk.Canvas().Focus(main)
}

// Canvas returns the window's canvas.
func (d *Desk) Canvas() fyne.Canvas { return d.window.Canvas() }

// Covered reports whether anything lies over the window.
func (d *Desk) Covered() bool { return d.window.Canvas().Overlays().Top() != nil }

// Open returns how many dialogs are open.
func (d *Desk) Open() int { return len(d.over) }

// says reports whether a message is open.
func (d *Desk) says(message string) bool {
	return slices.ContainsFunc(d.over, func(o over) bool { return o.message == message })
}

// Top returns the content of the topmost dialog; nil if none is open or it is one of Fyne's own.
func (d *Desk) Top() fyne.CanvasObject {
	if len(d.over) == 0 {
		return nil
	}
	return d.over[len(d.over)-1].content
}

// Close closes the topmost dialog, if there is one.
func (d *Desk) Close() {
	if n := len(d.over); n > 0 {
		d.over[n-1].dialog.Hide()
	}
}

// Press presses the main button of the topmost dialog if nothing has the focus.
func (d *Desk) Press(e *fyne.KeyEvent) {
	n := len(d.over)
	if n == 0 || d.window.Canvas().Focused() != nil {
		return
	}
	if main, ok := d.over[n-1].main.(*control.Button); ok {
		main.TypedKey(e)
	}
}

// opened makes Esc close a dialog.
func (d *Desk) opened(o over) {
	d.over = append(d.over, o)
	o.dialog.SetOnClosed(func() {
		d.over = slices.DeleteFunc(d.over, func(other over) bool { return other.dialog == o.dialog })
	})
}
