package desk

import (
	"io"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/control"
	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// newDesk returns the desk of a window; raised counts how often the desk asked to show the window.
func newDesk(t *testing.T) (d *Desk, raised *int) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, container.NewVBox())
	w.Resize(fyne.NewSize(600, 400))
	raised = new(int)
	return New(w, func() { *raised++ }), raised
}

// press presses a button in the topmost dialog.
func press(t *testing.T, d *Desk, label string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(d.Canvas().Overlays().Top()) {
		if b, ok := o.(*control.Button); ok && b.Text == label {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no button %q", label)
}

func TestOnlyItsButtonCarriesOutAConfirmation(t *testing.T) {
	d, _ := newDesk(t)
	done := 0
	ask := func() { d.Confirm("Title", "Question", "Do it", func() { done++ }) }
	ask()
	d.PressMain(&fyne.KeyEvent{Name: fyne.KeyReturn}) // Cancel has the focus and gets the key itself
	d.CloseTop()
	if ask(); d.OpenDialogs() != 1 {
		t.Fatalf("%d dialogs open, want 1", d.OpenDialogs())
	}
	press(t, d, "Cancel")
	if done != 0 || d.OpenDialogs() != 0 || d.Covered() {
		t.Errorf("cancelled: carried out %d times, %d dialogs open; want 0 and 0", done, d.OpenDialogs())
	}
	ask()
	press(t, d, "Do it")
	if done != 1 || d.Covered() {
		t.Errorf("confirmed: carried out %d times, window still covered: %v; want once and false", done, d.Covered())
	}
}

func TestAPromptStaysOpenUntilItsTextIsAccepted(t *testing.T) {
	d, _ := newDesk(t)
	var typed []string
	d.Prompt("Title", "Hint", "2", func(s string) string {
		typed = append(typed, s)
		if s != "3" {
			return "not 3"
		}
		return ""
	})
	entry, ok := d.Canvas().Focused().(*control.Entry)
	if !ok {
		t.Fatal("the focus is not on the prompt's entry")
	}
	press(t, d, "Set")
	if d.OpenDialogs() != 1 {
		t.Fatal("the prompt closed though its text was refused")
	}
	entry.SetText("3")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if d.OpenDialogs() != 0 || len(typed) != 2 {
		t.Errorf("%d dialogs open, texts %q; want 0 after two texts", d.OpenDialogs(), typed)
	}
}

func TestAMessageRaisesTheWindow(t *testing.T) {
	d, raised := newDesk(t)
	d.Inform("Title", "What")
	d.ShowSmall("Second", container.NewVBox())
	if *raised != 1 || d.OpenDialogs() != 2 {
		t.Fatalf("window raised %d times, %d dialogs open; want 1 and 2", *raised, d.OpenDialogs())
	}
	d.CloseTop()
	d.CloseTop()
	d.CloseTop() // no dialog is open, which is no error
	if d.OpenDialogs() != 0 || d.Covered() {
		t.Errorf("%d dialogs open after all were closed, window covered: %v", d.OpenDialogs(), d.Covered())
	}
}

func TestFileDialogsAreCentred(t *testing.T) {
	for name, open := range map[string]func(*Desk){
		"a folder": func(d *Desk) { d.folder(func(string) {}) },
		"a file":   func(d *Desk) { d.file(func(string) {}) },
		"a new file": func(d *Desk) {
			d.save("figures.csv", func(io.Writer) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			t.Setenv("USERPROFILE", home)
			d, _ := newDesk(t)
			open(d)
			top := d.Canvas().Overlays().Top()
			test.WidgetRenderer(top.(fyne.Widget)).Layout(top.Size()) // as the real window does before it draws
			popUps := 0
			for _, o := range test.LaidOutObjects(top) {
				if _, ok := o.(*widget.PopUp); !ok {
					continue
				}
				popUps++
				left, size := o.Position(), o.Size()
				right := d.Canvas().Size().Subtract(size).Subtract(fyne.NewSize(left.X, left.Y))
				if max(left.X-right.Width, right.Width-left.X, left.Y-right.Height, right.Height-left.Y) > 2 {
					t.Errorf("the dialog has %v above and left, and %v below and right; want equal margins", left, right)
				}
			}
			if popUps != 1 {
				t.Errorf("%d file dialogs, want 1", popUps)
			}
		})
	}
}

// TestTheSameMessageOpensOnlyOnce, however often it comes while it is read.
func TestTheSameMessageOpensOnlyOnce(t *testing.T) {
	d, _ := newDesk(t)
	for range 3 {
		d.Inform("Not set", "no space left")
	}
	if d.Inform("Not set", "permission denied"); d.OpenDialogs() != 2 {
		t.Errorf("%d messages open, want one for each text: 2", d.OpenDialogs())
	}
	d.CloseTop()
	d.CloseTop()
	if d.Inform("Not set", "no space left"); d.OpenDialogs() != 1 {
		t.Errorf("%d messages open after all were closed, want 1", d.OpenDialogs())
	}
}
