package control

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/grid"
	"bittoratio/gui/theme"
)

// turn turns the wheel while the pointer is at a point.
func turn(w *Wheel, at fyne.Position, down float32) {
	w.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, -down)})
}

func TestTheWheelScrollsThePageAlsoOverFields(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	field, tall := NewEntry(), canvas.NewRectangle(color.Black)
	tall.SetMinSize(fyne.NewSize(10, 2000))
	page := container.NewVScroll(container.NewVBox(field, tall))
	wheel := NewWheel(page)
	w := test.NewTempWindow(t, container.NewStack(page, wheel))
	w.Resize(fyne.NewSize(300, 300))
	turn(wheel, fyne.NewPos(20, 15), 25) // over the field
	if page.Offset.Y != 75 {
		t.Errorf("a notch over a field scrolls to %v, want 75", page.Offset.Y)
	}
	turn(wheel, fyne.NewPos(20, 200), 10) // a touchpad
	if page.Offset.Y != 85 {
		t.Errorf("a touchpad scrolls to %v, want 85", page.Offset.Y)
	}
	turn(wheel, fyne.NewPos(20, 200), -250)
	if page.Offset.Y != 0 {
		t.Errorf("back up scrolls to %v, want 0", page.Offset.Y)
	}
}

// TestTheWheelScrollsTheInnermostAreaThatCanStillScroll: when the inner scroll is at its end, the outer one scrolls, as
// in other programs.
func TestTheWheelScrollsTheInnermostAreaThatCanStillScroll(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	table := grid.New([]grid.Column{{Key: "a", Title: "A", Min: 50}}, func() int { return 6 }, func(int, []grid.Cell) {})
	tall := canvas.NewRectangle(color.Black)
	tall.SetMinSize(fyne.NewSize(10, 2000))
	page := container.NewVScroll(container.NewVBox(container.NewGridWrap(fyne.NewSize(200, 150), NewCard(table)), tall))
	wheel := NewWheel(page)
	w := test.NewTempWindow(t, container.NewStack(page, wheel))
	w.Resize(fyne.NewSize(300, 300))
	table.Update()
	turn(wheel, fyne.NewPos(60, 80), 25)
	if table.Scroller().Offset.Y != 75 || page.Offset.Y != 0 {
		t.Fatalf("the table is at %v, the page at %v; want 75 and 0", table.Scroller().Offset.Y, page.Offset.Y)
	}
	for range 3 {
		turn(wheel, fyne.NewPos(60, 80), 25)
	}
	if page.Offset.Y == 0 {
		t.Error("the table is at its end, but the page does not scroll")
	}
}
