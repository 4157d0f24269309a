package shell

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"bittoratio/gui/control"
)

// box is a dialog over the window. Fyne's has no keys: Esc closes this one, and Enter presses the button that has the
// focus, or the one that had it first.
type box struct {
	*dialog.CustomDialog
	shell   *Shell
	content fyne.CanvasObject
}

// over is what lies over the window, the topmost last.
type over struct {
	dialog  dialog.Dialog
	content fyne.CanvasObject // nil where it is Fyne's own
	main    fyne.Focusable
}

func (s *Shell) newBox(title string, content fyne.CanvasObject) *box {
	return &box{dialog.NewCustomWithoutButtons(title, content, s.window), s, content}
}

// button is one that closes the box and then does something; nil is nothing.
func (b *box) button(label string, do func()) *control.Button {
	return control.NewButton(label, func() {
		b.Hide()
		if do != nil {
			do()
		}
	})
}

// open shows the box with its buttons; main takes the keyboard.
func (b *box) open(main fyne.Focusable, buttons ...fyne.CanvasObject) {
	b.SetButtons(buttons)
	b.Show()
	b.shell.opened(over{b.CustomDialog, b.content, main})
	b.shell.window.Canvas().Focus(main)
}

// openFiles shows a file dialog nearly as large as the window. Fyne knows its size only once it is shown, and never
// where the system shows one in a window of its own.
func (s *Shell) openFiles(d *dialog.FileDialog) {
	d.Show()
	if s.window.Canvas().Overlays().Top() == nil {
		return
	}
	d.Resize(s.window.Canvas().Size().SubtractWidthHeight(60, 60))
	s.opened(over{dialog: d})
}

// opened has Esc close a dialog.
func (s *Shell) opened(o over) {
	s.over = append(s.over, o)
	o.dialog.SetOnClosed(func() {
		s.over = slices.DeleteFunc(s.over, func(other over) bool { return other.dialog == o.dialog })
	})
}

// onKey takes the keys that nothing with the focus has a use for.
func (s *Shell) onKey(e *fyne.KeyEvent) {
	var top over
	content := s.pages[s.tabs.Current()].Content()
	if n := len(s.over); n > 0 {
		top = s.over[n-1]
		content = top.content
	} else if s.window.Canvas().Overlays().Top() != nil {
		return // how far stopping is
	}
	switch e.Name {
	case fyne.KeyF1:
		s.showKeys()
	case fyne.KeyEscape:
		if top.dialog != nil {
			top.dialog.Hide()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if main, ok := top.main.(*control.Button); ok && s.window.Canvas().Focused() == nil {
			main.TypedKey(e)
		}
	default:
		if content != nil && !s.intoTable(e.Name) {
			scroll(content, e.Name)
		}
	}
}

// intoTable goes from a filter to what it leaves.
func (s *Shell) intoTable(key fyne.KeyName) bool {
	p, ok := s.pages[s.tabs.Current()].(finder)
	c := s.window.Canvas()
	if !ok || key != fyne.KeyDown || c.Focused() != p.Find() {
		return false
	}
	c.Focus(p.Grid().Body())
	return true
}

// line is how far an arrow key scrolls.
const line float32 = 40

// scroll moves what is longer than its room.
func scroll(content fyne.CanvasObject, key fyne.KeyName) {
	s := control.ScrollIn(content)
	if s == nil {
		return
	}
	page, end := s.Size().Height-line, s.Content.Size().Height-s.Size().Height
	to, ok := map[fyne.KeyName]float32{
		fyne.KeyUp: s.Offset.Y - line, fyne.KeyDown: s.Offset.Y + line, fyne.KeyPageUp: s.Offset.Y - page, fyne.KeyPageDown: s.Offset.Y + page,
		fyne.KeyHome: 0, fyne.KeyEnd: end,
	}[key]
	if ok {
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, max(min(to, end), 0)))
	}
}
