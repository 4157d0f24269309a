package desk

import (
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/text"
)

func (d *Desk) file(chosen func(path string)) {
	files := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // cancelled
		}
		_ = f.Close()
		chosen(f.URI().Path())
	}, d.window)
	files.SetFilter(suffixFilter(".torrent"))
	d.openFiles(files)
}

func (d *Desk) folder(chosen func(path string)) {
	d.openFiles(dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
		if err == nil && f != nil { // nil if the user cancelled
			chosen(f.Path())
		}
	}, d.window))
}

func (d *Desk) save(name string, write func(io.Writer) error) {
	files := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			d.Inform(lang.L("The file could not be written"), text.Error(err))
		case w != nil:
			d.Background(func() error { return errors.Join(write(w), w.Close()) }, func(err error) {
				if err != nil {
					d.Inform(lang.L("The file could not be written"), text.Error(err))
					return
				}
				d.Inform(lang.L("Exported"), lang.L("%s is saved. It holds no passkeys.", w.URI().Path()))
			})
		}
	}, d.window)
	files.SetFileName(name)
	files.SetFilter(suffixFilter(filepath.Ext(name)))
	d.openFiles(files)
}

// suffixFilter filters a file dialog: it shows the files with an ending, in upper or lower case.
type suffixFilter string

// Matches is part of storage.FileFilter.
func (e suffixFilter) Matches(u fyne.URI) bool { return strings.EqualFold(u.Extension(), string(e)) }

// openFiles shows a file dialog nearly as large as the window. The size can be set only after Fyne has shown the
// dialog, and not if the system shows its own.
func (d *Desk) openFiles(files *dialog.FileDialog) {
	files.Show()
	if d.window.Canvas().Overlays().Top() == nil {
		return
	}
	files.Resize(d.window.Canvas().Size().SubtractWidthHeight(60, 60))
	passEsc(d.window.Canvas())
	d.opened(openDialog{dialog: files})
}

// passEsc replaces the field for the file's name, because Fyne's field keeps Esc for itself while it has the focus
// (fyne#2927, until fixed). Esc must close the dialog.
func passEsc(c fyne.Canvas) {
	// The object around the dialog has a private type of Fyne, so its content is read by reflection. A second renderer
	// of that object would move the dialog, because Fyne would then take its place as one that was chosen.
	around := reflect.Indirect(reflect.ValueOf(c.Overlays().Top()))
	if around.Kind() != reflect.Struct {
		return
	}
	content := around.FieldByName("Content")
	if !content.IsValid() {
		return
	}
	inside, _ := content.Interface().(fyne.CanvasObject)
	scroll, fynes := nameField(inside)
	if fynes == nil {
		return // a dialog that opens files has no such field
	}
	own := control.NewEntry()
	own.SetText(fynes.Text)
	own.OnChanged = fynes.SetText
	own.OnSubmitted = fynes.OnSubmitted
	changed := fynes.OnChanged
	fynes.OnChanged = func(name string) { // a click on a file puts its name into Fyne's field
		own.Fill(name)
		if changed != nil {
			changed(name)
		}
	}
	scroll.Content = own
	scroll.Refresh()
	c.Focus(own)
}

// nameField returns Fyne's field for the name of a file, and the scroll around it.
func nameField(o fyne.CanvasObject) (*container.Scroll, *widget.Entry) {
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case *widget.PopUp:
		inside = []fyne.CanvasObject{o.Content}
	case *container.Scroll:
		if field, ok := o.Content.(*widget.Entry); ok {
			return o, field
		}
	}
	for _, child := range inside {
		if scroll, field := nameField(child); field != nil {
			return scroll, field
		}
	}
	return nil, nil
}
