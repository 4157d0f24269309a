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

// openDialog is a dialog over the window.
type openDialog struct {
	dialog  dialog.Dialog
	content fyne.CanvasObject // nil for one of Fyne's own dialogs
	main    fyne.Focusable
	message string
}

// NewDialog returns a dialog that is not open yet.
func (d *Desk) NewDialog(title string, content fyne.CanvasObject) *Dialog {
	b := &Dialog{desk: d, content: container.New(&limited{}, content)}
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
	b.desk.opened(openDialog{b.CustomDialog, b.content, main, b.message})
	if b.tips != nil {
		b.SetOnClosed(tip.Of(b.desk.Canvas()).Cover(b.tips))
	}
	b.desk.Canvas().Focus(main)
}

// Canvas returns the window's canvas.
func (d *Desk) Canvas() fyne.Canvas { return d.window.Canvas() }

// Covered reports whether anything lies over the window.
func (d *Desk) Covered() bool { return d.window.Canvas().Overlays().Top() != nil }

// OpenDialogs returns how many dialogs are open.
func (d *Desk) OpenDialogs() int { return len(d.dialogs) }

// showsMessage reports whether a message is open.
func (d *Desk) showsMessage(message string) bool {
	return slices.ContainsFunc(d.dialogs, func(o openDialog) bool { return o.message == message })
}

// TopContent returns the content of the topmost dialog; nil if none is open or it is one of Fyne's own.
func (d *Desk) TopContent() fyne.CanvasObject {
	if len(d.dialogs) == 0 {
		return nil
	}
	return d.dialogs[len(d.dialogs)-1].content
}

// CloseTop closes the topmost dialog, if there is one.
func (d *Desk) CloseTop() {
	if n := len(d.dialogs); n > 0 {
		d.dialogs[n-1].dialog.Hide()
	}
}

// PressMain presses the main button of the topmost dialog if nothing has the focus.
func (d *Desk) PressMain(e *fyne.KeyEvent) {
	n := len(d.dialogs)
	if n == 0 || d.window.Canvas().Focused() != nil {
		return
	}
	if main, ok := d.dialogs[n-1].main.(*control.Button); ok {
		main.TypedKey(e)
	}
}

// opened makes Esc close a dialog.
func (d *Desk) opened(o openDialog) {
	d.dialogs = append(d.dialogs, o)
	o.dialog.SetOnClosed(func() {
		d.dialogs = slices.DeleteFunc(d.dialogs, func(other openDialog) bool { return other.dialog == o.dialog })
	})
}
