package shell

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
)

// newHome returns a home folder for the test, where file dialogs begin.
func newHome(t *testing.T) string {
	home := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE"} {
		t.Setenv(name, home)
	}
	return home
}

// tapFyneButton presses a button of the topmost dialog, which is one of Fyne's own.
func (s *scene) tapFyneButton(label string) {
	s.t.Helper()
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if b, ok := o.(*widget.Button); ok && b.Text == label {
			test.Tap(b)
			return
		}
	}
	s.t.Fatalf("the dialog has no button %q", label)
}

func TestAnExportAsksForAFileAndBeforeItOverwritesOne(t *testing.T) {
	home := newHome(t)
	s := newScene(t, nil)
	file := filepath.Join(home, "figures.csv")
	export := func(content string) {
		s.desk.Save("figures.csv", func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
		s.tapFyneButton("Save")
	}
	checkContent := func(content string) {
		t.Helper()
		s.until("a message with the file's place", func() bool { return s.desk.OpenDialogs() == 1 && s.desk.TopContent() != nil })
		test.Tap(s.button("OK"))
		if b, err := os.ReadFile(file); err != nil || string(b) != content {
			t.Errorf("the file has %q (%v), want %q", b, err, content)
		}
	}
	export("one")
	checkContent("one")
	export("two")
	s.tapFyneButton("No")
	if b, err := os.ReadFile(file); err != nil || string(b) != "one" {
		t.Errorf("the file has %q (%v), want still one", b, err)
	}
	s.tapFyneButton("Save")
	s.tapFyneButton("Yes")
	checkContent("two")
}

func TestCancellingAFileDialogChoosesNothing(t *testing.T) {
	newHome(t)
	s := newScene(t, nil)
	s.desk.File(func(path string) { t.Errorf("%s was chosen without the user", path) })
	s.tapFyneButton("Cancel")
	if s.window.Canvas().Overlays().Top() != nil || s.desk.OpenDialogs() > 0 {
		t.Error("the dialog stays open after Cancel")
	}
}

// TestEscClosesAFileDialogWhileItsNameIsTyped: when the dialog opens, the field for the file's name has the focus, so
// typing changes the name.
func TestEscClosesAFileDialogWhileItsNameIsTyped(t *testing.T) {
	home := newHome(t)
	s := newScene(t, nil)
	save := func() *control.Entry {
		t.Helper()
		s.desk.Save("figures.csv", func(w io.Writer) error { return nil })
		name, ok := s.window.Canvas().Focused().(*control.Entry)
		if !ok || name.Text != "figures.csv" {
			t.Fatalf("the focus is on %T, want the field with the name", s.window.Canvas().Focused())
		}
		return name
	}
	save().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.desk.OpenDialogs() != 0 || s.desk.Covered() {
		t.Fatal("Esc leaves the dialog open")
	}
	save().SetText("others.csv")
	s.tapFyneButton("Save")
	s.until("a message with the file's place", func() bool { return s.desk.OpenDialogs() == 1 && s.desk.TopContent() != nil })
	if _, err := os.Stat(filepath.Join(home, "others.csv")); err != nil {
		t.Errorf("the file was not saved: %v", err)
	}
}

// TestTheWheelMovesTheSlider by a tenth while the pointer is over it; over a page the wheel scrolls the page.
func TestTheWheelMovesTheSlider(t *testing.T) {
	s := newScene(t, nil)
	up := &fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 25)}
	s.bar.factor.slider.Scrolled(up)
	s.bar.factor.slider.Scrolled(up)
	if got := s.engine.factors; len(got) != 2 || got[1] != 2200 {
		t.Errorf("multipliers %v, want two of which the second is 2.2", got)
	}
}
