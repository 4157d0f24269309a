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

// tapFynes presses a button of the topmost dialog, which is one of Fyne's own.
func (s *scene) tapFynes(label string) {
	s.t.Helper()
	for _, o := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if b, ok := o.(*widget.Button); ok && b.Text == label {
			test.Tap(b)
			return
		}
	}
	s.t.Fatalf("the dialog has no button %q", label)
}

func TestExportAsksForAFileAndBeforeItOverwritesOne(t *testing.T) {
	home := newHome(t)
	s := newScene(t, nil)
	file := filepath.Join(home, "figures.csv")
	export := func(content string) {
		s.desk.Save("figures.csv", func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
		s.tapFynes("Save")
	}
	holds := func(content string) {
		t.Helper()
		s.until("it says where it is", func() bool { return s.desk.Open() == 1 && s.desk.Top() != nil })
		test.Tap(s.button("OK"))
		if b, err := os.ReadFile(file); err != nil || string(b) != content {
			t.Errorf("%q, %v, want %q", b, err, content)
		}
	}
	export("one")
	holds("one")
	export("two")
	s.tapFynes("No")
	if b, err := os.ReadFile(file); err != nil || string(b) != "one" {
		t.Errorf("%q, %v, though the user said no", b, err)
	}
	s.tapFynes("Save")
	s.tapFynes("Yes")
	holds("two")
}

func TestATorrentFileCanBeChosen(t *testing.T) {
	newHome(t)
	s := newScene(t, nil)
	s.desk.File(func(path string) { t.Errorf("%s was chosen by nobody", path) })
	s.tapFynes("Cancel")
	if s.window.Canvas().Overlays().Top() != nil || s.desk.Open() > 0 {
		t.Error("it stays")
	}
}

// TestEscClosesAFileDialogWhoseNameIsTyped: when the dialog opens, the field for the file's name has the focus, so
// typing changes the name.
func TestEscClosesAFileDialogWhoseNameIsTyped(t *testing.T) {
	home := newHome(t)
	s := newScene(t, nil)
	save := func() *control.Entry {
		t.Helper()
		s.desk.Save("figures.csv", func(w io.Writer) error { return nil })
		name, ok := s.window.Canvas().Focused().(*control.Entry)
		if !ok || name.Text != "figures.csv" {
			t.Fatalf("%T has the keyboard", s.window.Canvas().Focused())
		}
		return name
	}
	save().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.desk.Open() != 0 || s.desk.Covered() {
		t.Fatal("it is still open")
	}
	save().SetText("others.csv")
	s.tapFynes("Save")
	s.until("it says where it is", func() bool { return s.desk.Open() == 1 && s.desk.Top() != nil })
	if _, err := os.Stat(filepath.Join(home, "others.csv")); err != nil {
		t.Error(err)
	}
}

// TestTheWheelMovesTheSlider by a tenth while the pointer is over it; over a page the wheel scrolls the page.
func TestTheWheelMovesTheSlider(t *testing.T) {
	s := newScene(t, nil)
	up := &fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 25)}
	s.bar.factor.slider.Scrolled(up)
	s.bar.factor.slider.Scrolled(up)
	if got := s.engine.factors; len(got) != 2 || got[1] != 2200 {
		t.Errorf("%v", got)
	}
}
