package desk

import (
	"errors"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

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
	files.SetFilter(torrentFiles{})
	d.openFiles(files)
}

func (d *Desk) folder(chosen func(path string)) {
	d.openFiles(dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
		if err == nil && f != nil { // else it was cancelled
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
	d.openFiles(files)
}

// torrentFiles shows .torrent files in a file dialog, whatever the case of their ending.
type torrentFiles struct{}

// Matches is part of storage.FileFilter.
func (torrentFiles) Matches(u fyne.URI) bool { return strings.EqualFold(u.Extension(), ".torrent") }

// openFiles shows a file dialog nearly as large as the window. Fyne knows its size only once it is shown, and never
// where the system shows one in a window of its own.
func (d *Desk) openFiles(files *dialog.FileDialog) {
	files.Show()
	if d.window.Canvas().Overlays().Top() == nil {
		return
	}
	files.Resize(d.window.Canvas().Size().SubtractWidthHeight(60, 60))
	d.opened(over{dialog: files})
}
