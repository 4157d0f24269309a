package control

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/gui/theme"
)

func TestRowsKeepTheFocusWhateverComesAndGoes(t *testing.T) {
	made := map[string]int{}
	buttons := map[string]*Button{}
	var places []int
	rows := NewRows(layout.NewVBoxLayout(), func(key string) (fyne.CanvasObject, func(int)) {
		made[key]++
		b, line := NewButton(key, nil), NewLine(key, theme.Plain)
		buttons[key] = b
		return NewCard(container.NewHBox(line, b)), func(at int) { places = append(places, at) }
	})
	behind := NewButton("behind", nil)
	rows.Next = behind
	w := newWindow(t, container.NewVBox(rows.Content, behind))
	if rows.Content.Visible() {
		t.Error("a list without rows takes room")
	}
	rows.Show([]string{"a", "b", "c"})
	w.Canvas().Focus(buttons["b"])
	for _, step := range []struct {
		keys    []string
		focused string
	}{
		{[]string{"a", "b", "c"}, "b"},
		{[]string{"x", "c", "b", "a"}, "b"},
		{[]string{"b"}, "b"},
		{[]string{"b", "c"}, "b"},
		{[]string{"c", "d"}, "c"}, // its row is gone, so the row in its place has the focus
		{[]string{"e", "d"}, "e"},
		{[]string{"f", "e"}, "e"},
		{[]string{"f"}, "f"}, // the last row is gone, so the row before it has the focus
	} {
		rows.Show(step.keys)
		if w.Canvas().Focused() != fyne.Focusable(buttons[step.focused]) {
			t.Errorf("%v: the focus is not on %s", step.keys, step.focused)
		}
	}
	if made["b"] != 1 || made["a"] != 1 {
		t.Errorf("rows were made again: %v", made)
	}
	if !slices.Equal(places[:6], []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("places %v", places[:6])
	}
	if rows.Show([]string{"f"}) || !rows.Show(nil) || rows.Content.Visible() {
		t.Error("whether something moved is reported wrongly")
	}
	if w.Canvas().Focused() != fyne.Focusable(behind) {
		t.Error("the last row took the focus with it")
	}
}

func TestFillingCallsNoCallback(t *testing.T) {
	called := 0
	check := NewCheck("", func(bool) { called++ })
	choice := NewSelect([]string{"a", "b"}, func(string) { called++ })
	entry := NewEntry()
	entry.OnChanged = func(string) { called++ }
	newWindow(t, container.NewVBox(check, choice, entry))
	check.Fill(true)
	choice.Fill([]string{"a", "b"}, 1)
	entry.Fill("text")
	if called != 0 || !check.Checked || choice.Selected != "b" || entry.Text != "text" {
		t.Errorf("%d calls, %v, %q, %q", called, check.Checked, choice.Selected, entry.Text)
	}
	if choice.Fill(nil, -1); choice.Selected != "" || len(choice.Options) != 0 {
		t.Errorf("%q of %q", choice.Selected, choice.Options)
	}
	check.SetChecked(false)
	choice.SetOptions([]string{"a"})
	choice.SetSelected("a")
	entry.SetText("more")
	if called != 3 {
		t.Errorf("the user's own choices are heard %d times", called)
	}
}
