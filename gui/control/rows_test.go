package control

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"bittoratio/gui/theme"
)

func TestTheFocusStaysInTheListWhileRowsComeAndGo(t *testing.T) {
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
		t.Error("a list without rows is visible")
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
		t.Errorf("rows were made %v times, want a and b once each", made)
	}
	if !slices.Equal(places[:6], []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("callbacks got the places %v, want [0 1 2 0 1 2]", places[:6])
	}
	if rows.Show([]string{"f"}) || !rows.Show(nil) || rows.Content.Visible() {
		t.Error("Show reports a change wrongly, or the empty list is visible")
	}
	if w.Canvas().Focused() != fyne.Focusable(behind) {
		t.Error("the focus is lost with the last row, want it on the next control")
	}
}

func TestFillingAFieldCallsNoCallback(t *testing.T) {
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
		t.Errorf(`%d callbacks; filled %v, %q, %q; want 0; true, "b", "text"`, called, check.Checked, choice.Selected, entry.Text)
	}
	if choice.Fill(nil, -1); choice.Selected != "" || len(choice.Options) != 0 {
		t.Errorf("emptied: %q of %q, want nothing", choice.Selected, choice.Options)
	}
	check.SetChecked(false)
	choice.SetOptions([]string{"a"})
	choice.SetSelected("a")
	entry.SetText("more")
	if called != 3 {
		t.Errorf("%d callbacks for the user's own changes, want 3", called)
	}
}
