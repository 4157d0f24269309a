package control

import (
	"image"
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bittoratio/gui/lang"
	"bittoratio/gui/theme"
)

func newWindow(t *testing.T, o fyne.CanvasObject) fyne.Window {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, o)
	w.Resize(fyne.NewSize(600, 200))
	return w
}

func TestAClickOnTheSwitchAsksButDoesNotChangeWhatItShows(t *testing.T) {
	var asked []bool
	s := NewSwitch("On", "Off", func(on bool) { asked = append(asked, on) })
	w := newWindow(t, s)
	test.Tap(s)
	if s.On() {
		t.Error("On() = true after a click, before Set")
	}
	s.Set(true, false)
	w.Canvas().Focus(s)
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.Disable()
	test.Tap(s)
	if !slices.Equal(asked, []bool{true, false, false}) {
		t.Errorf("asked for %v, want [true false false]", asked)
	}
}

func TestTabsAreChosenByClickAndKey(t *testing.T) {
	var got []int
	icon := fynetheme.ListIcon()
	tabs := NewTabs([]Tab{{Title: "A", Icon: icon}, {Title: "B", Icon: icon}, {Title: "C", Icon: icon}}, func(i int) { got = append(got, i) })
	newWindow(t, tabs)
	test.Tap(tabs.Item(2).(fyne.Tappable))
	tabs.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	tabs.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if !slices.Equal(got, []int{2, 1}) || tabs.Current() != 1 {
		t.Errorf("chose %v and ended at %d; want [2 1] and 1", got, tabs.Current())
	}
}

func TestTheCopyButtonConfirmsForAWhile(t *testing.T) {
	clock := time.Unix(1000, 0)
	c := NewCopy("Copy", func() string { return "text" }, func() time.Time { return clock })
	newWindow(t, c)
	test.Tap(c)
	if got := fyne.CurrentApp().Clipboard().Content(); got != "text" || c.Text != "Copied" {
		t.Fatalf(`copied %q, button reads %q; want "text" and "Copied"`, got, c.Text)
	}
	c.Settle(clock.Add(time.Second))
	if c.Text != "Copied" {
		t.Errorf("after one second the button reads %q, want still Copied", c.Text)
	}
	c.Settle(clock.Add(3 * time.Second))
	if c.Text != "Copy" {
		t.Errorf("after three seconds the button reads %q, want Copy", c.Text)
	}
}

func TestALineThatIsTooLongEndsInAnEllipsis(t *testing.T) {
	l := NewLine("a rather long line of text", theme.Plain).AtLeast(10)
	newWindow(t, l)
	l.Resize(fyne.NewSize(60, 20))
	if shown := test.WidgetRenderer(l).(*lineRenderer).text.Text; shown == l.Text() || shown == "" {
		t.Errorf("shows %q, want a shortened text", shown)
	}
	l.Set("b", theme.Bad)
	if shown := test.WidgetRenderer(l).(*lineRenderer).text.Text; shown != "b" {
		t.Errorf(`shows %q, want "b"`, shown)
	}
}

func TestTheWindowsShortcutsWorkInAnEntry(t *testing.T) {
	e := NewEntry()
	w := newWindow(t, e)
	var pressed int
	quit := &desktop.CustomShortcut{KeyName: fyne.KeyQ, Modifier: fyne.KeyModifierControl}
	e.window = func(s fyne.Shortcut) {
		if s == quit {
			pressed++
		}
	}
	w.Canvas().Focus(e)
	e.TypedShortcut(quit)
	e.SetText("abc")
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	if pressed != 1 || e.SelectedText() != "abc" {
		t.Errorf(`the shortcut was received %d times and %q is selected; want once and "abc"`, pressed, e.SelectedText())
	}
}

func TestMain(m *testing.M) {
	if err := lang.Use(lang.English); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestTheFocusIsVisibleOnEveryButton: Fyne's own mark of the focus cannot be seen on a button in the accent's colour.
func TestTheFocusIsVisibleOnEveryButton(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	for _, importance := range []widget.Importance{widget.MediumImportance, widget.HighImportance, widget.LowImportance, widget.DangerImportance} {
		b, other := NewButton("Press", nil), NewButton("Other", nil)
		b.Importance = importance
		w := test.NewTempWindow(t, container.NewHBox(b, other))
		differ := func(one, two image.Image) (n int) {
			for y := range one.Bounds().Dy() {
				for x := range int(b.Size().Width) {
					r1, g1, b1, _ := one.At(x, y).RGBA()
					r2, g2, b2, _ := two.At(x, y).RGBA()
					if max(r1, r2)-min(r1, r2) > 0x4000 || max(g1, g2)-min(g1, g2) > 0x4000 || max(b1, b2)-min(b1, b2) > 0x4000 {
						n++
					}
				}
			}
			return n
		}
		w.Canvas().Focus(other)
		without := w.Canvas().Capture()
		w.Canvas().Focus(b)
		if n := differ(without, w.Canvas().Capture()); n < 60 {
			t.Errorf("importance %d: the focus changes %d pixels, want at least 60", importance, n)
		}
		w.Canvas().Focus(other)
		if n := differ(without, w.Canvas().Capture()); n != 0 {
			t.Errorf("importance %d: %d pixels stay changed without the focus, want 0", importance, n)
		}
	}
}

func TestAScreenReaderNeverReadsAPassword(t *testing.T) {
	e := NewEntry()
	e.Name, e.Text, e.Password = "Password", "secret", true
	if got := e.AccessibilityLabel(); got != "Password" {
		t.Errorf(`of a password, AccessibilityLabel() = %q, want "Password"`, got)
	}
	e.Password = false
	if got := e.AccessibilityLabel(); got != "Password: secret" {
		t.Errorf(`of a plain text, AccessibilityLabel() = %q, want "Password: secret"`, got)
	}
}
