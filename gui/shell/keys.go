package shell

import (
	"fyne.io/fyne/v2"

	"bittoratio/gui/control"
)

// onKey handles the keys that the widget with the focus does not use.
func (s *Shell) onKey(e *fyne.KeyEvent) {
	content := s.pages[s.tabs.Current()].Content()
	if s.desk.OpenDialogs() > 0 {
		content = s.desk.TopContent()
	} else if s.desk.Covered() {
		return // the dialog with the progress of a stop: it takes no keys
	}
	switch e.Name {
	case fyne.KeyF1:
		s.showKeys()
	case fyne.KeyEscape:
		s.desk.CloseTop()
	case fyne.KeyReturn, fyne.KeyEnter:
		s.desk.PressMain(e)
	default:
		if content != nil && !s.focusTable(e.Name) {
			scroll(content, e.Name)
		}
	}
}

// focusTable moves the focus from the filter to the table below it, if the key is Down. It reports whether it did.
func (s *Shell) focusTable(key fyne.KeyName) bool {
	p, ok := s.pages[s.tabs.Current()].(finder)
	c := s.window.Canvas()
	if !ok || key != fyne.KeyDown || c.Focused() != p.Find() {
		return false
	}
	c.Focus(p.Grid().Body())
	return true
}

// scrollStep is how far an arrow key scrolls, in Fyne's units.
const scrollStep float32 = 40

// scroll scrolls a page that is higher than the window.
func scroll(content fyne.CanvasObject, key fyne.KeyName) {
	s := control.ScrollIn(content)
	if s == nil {
		return
	}
	page, end := s.Size().Height-scrollStep, s.Content.Size().Height-s.Size().Height
	to, ok := map[fyne.KeyName]float32{
		fyne.KeyUp: s.Offset.Y - scrollStep, fyne.KeyDown: s.Offset.Y + scrollStep, fyne.KeyPageUp: s.Offset.Y - page, fyne.KeyPageDown: s.Offset.Y + page,
		fyne.KeyHome: 0, fyne.KeyEnd: end,
	}[key]
	if ok {
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, max(min(to, end), 0)))
	}
}
