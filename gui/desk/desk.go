// Package desk gives a page what it may use of its window: background work, questions, menus, files, the clipboard and
// the clock. The window makes one Desk for all pages; the test of a page makes its own.
package desk

import (
	"context"
	"io"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

// Desk is what a page may use of its window. All functions are called on Fyne's goroutine and return at once.
type Desk struct {
	Context    context.Context                         // ends with the window
	Now        func() time.Time                        // the clock
	Background func(do func() error, done func(error)) // runs do on another goroutine, then done on Fyne's goroutine

	Confirm func(title, question, yes string, do func())    // asks before something is done
	Inform  func(title, what string)                        // shows a message
	Show    func(title string, content fyne.CanvasObject)   // shows a large content, with a button that closes it
	Prompt  func(title, hint, value string, accept Accept)  // asks for a number
	Menu    func(below fyne.CanvasObject, items *fyne.Menu) // opens a menu below a button
	Copy    func(text string)                               // copies a text to the clipboard
	File    func(chosen func(path string))                  // lets the user choose a .torrent file
	Folder  func(chosen func(path string))                  // lets the user choose a folder
	Save    func(name string, write func(io.Writer) error)  // asks for a file, and writes it in the background
	Browse  func(folder string) error                       // opens a folder in the system's file manager

	window  fyne.Window
	raise   func()       // shows a hidden window
	dialogs []openDialog // open dialogs, the topmost last
}

// Accept accepts a typed text and returns "", or returns what is wrong with it.
type Accept func(typed string) (wrong string)

// New returns the desk of a window. raise shows the window if it is hidden.
func New(window fyne.Window, raise func()) *Desk {
	d := &Desk{window: window, raise: raise}
	d.Confirm, d.Inform, d.Show, d.Prompt, d.Menu = d.confirm, d.inform, d.show, d.prompt, d.menu
	d.Copy, d.File, d.Folder, d.Save, d.Browse = d.copy, d.file, d.folder, d.save, browse
	return d
}

// questionWidth is the width at which a question reads well.
const questionWidth = 440

func (d *Desk) confirm(title, question, yes string, do func()) {
	b := d.NewDialog(title, control.Fixed(control.NewParagraph(question, theme.Plain), questionWidth))
	no, ok := b.Button(lang.L("Cancel"), nil), b.Button(yes, do)
	ok.Importance = widget.HighImportance
	b.Open(no, no, ok)
}

func (d *Desk) inform(title, what string) {
	d.raise()
	if d.showsMessage(title + "\n" + what) {
		return // a slider that is dragged would open one for each step
	}
	b := d.NewDialog(title, control.Fixed(control.NewParagraph(what, theme.Plain), questionWidth))
	b.message = title + "\n" + what
	ok := b.Button(lang.L("OK"), nil)
	b.Open(ok, ok)
}

func (d *Desk) show(title string, content fyne.CanvasObject) {
	b, size := d.NewDialog(title, content), d.window.Canvas().Size()
	b.Resize(fyne.NewSize(min(size.Width-40, 860), size.Height-40))
	shut := b.Button(lang.L("Close"), nil)
	b.Open(shut, shut)
}

// ShowSmall shows a dialog as large as its content, until the user presses its button.
func (d *Desk) ShowSmall(title string, content fyne.CanvasObject) {
	b := d.NewDialog(title, content)
	shut := b.Button(lang.L("Close"), nil)
	b.Open(shut, shut)
}

// prompt asks for a text until it is accepted.
func (d *Desk) prompt(title, hint, value string, accept Accept) {
	entry, wrong := control.NewEntry(), control.NewLine("", theme.Bad).AtLeast(100)
	entry.SetText(value)
	b := d.NewDialog(title, control.Fixed(container.NewVBox(entry, control.NewParagraph(hint, theme.Muted), wrong), questionWidth))
	try := func() {
		if why := accept(entry.Text); why != "" {
			wrong.Set(why, theme.Bad)
			return
		}
		b.Hide()
	}
	entry.OnSubmitted = func(string) { try() }
	ok := control.NewButton(lang.L("Set"), try)
	ok.Importance = widget.HighImportance
	b.Open(entry, b.Button(lang.L("Cancel"), nil), ok)
	entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

func (d *Desk) menu(below fyne.CanvasObject, items *fyne.Menu) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(items, d.window.Canvas(), at)
}

func (d *Desk) copy(text string) { fyne.CurrentApp().Clipboard().SetContent(text) }

func browse(folder string) error {
	u, err := url.Parse(storage.NewFileURI(folder).String())
	if err != nil {
		return err
	}
	return fyne.CurrentApp().OpenURL(u)
}
