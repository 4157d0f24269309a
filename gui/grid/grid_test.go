package grid

import (
	"slices"
	"strconv"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/theme"
)

// newTable returns a table with a number of rows, and a pointer to that number. asked counts how often each row's cells
// are asked for.
func newTable(t testing.TB, rows int, asked map[int]int) (*Grid, *int) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	g := New([]Column{{Key: "a", Title: "A", Min: 80}, {Key: "b", Title: "B", Min: 60, Weight: 1}, {Title: "C", Min: 60}},
		func() int { return rows }, func(row int, out []Cell) {
			asked[row]++
			out[0], out[1] = Cell{Text: strconv.Itoa(row)}, Cell{Text: "x", Tone: theme.Good}
		})
	w := test.NewTempWindow(t, g)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 330))
	g.Update()
	return g, &rows
}

func texts(g *Grid) (out []string) {
	for _, s := range g.body.draw.slots {
		if s.row >= 0 {
			out = append(out, s.texts[0].Text)
		}
	}
	slices.SortFunc(out, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y })
	return out
}

func TestOnlyVisibleRowsAreRequested(t *testing.T) {
	asked := map[int]int{}
	g, _ := newTable(t, 10000, asked)
	if len(asked) == 0 || len(asked) > 14 {
		t.Fatalf("%d rows were requested, want 1 to 14: the window shows about 10", len(asked))
	}
	clear(asked)
	g.scroll.ScrollToOffset(fyne.NewPos(0, 5000*rowHeight))
	g.scroll.OnScrolled(g.scroll.Offset)
	if asked[5000] == 0 || len(asked) > 14 {
		t.Errorf("scrolled to row 5000, the requested rows are %v", asked)
	}
	if got := texts(g); got[0] != "5000" {
		t.Errorf("the first visible row is %v, want 5000", got[0])
	}
}

func TestRowsThatNoLongerExistDisappear(t *testing.T) {
	g, rows := newTable(t, 8, map[int]int{})
	g.Mark(7)
	*rows = 2
	g.Update()
	if got := texts(g); !slices.Equal(got, []string{"0", "1"}) {
		t.Errorf("shows rows %v, want [0 1]", got)
	}
	if g.Selected() != -1 {
		t.Errorf("row %d is selected though it no longer exists", g.Selected())
	}
}

// TestTheTableNeverAsksForRowsThatNoLongerExist: Fyne may lay out and draw at any time, also before
// the table is updated.
func TestTheTableNeverAsksForRowsThatNoLongerExist(t *testing.T) {
	asked := map[int]int{}
	g, rows := newTable(t, 8, asked)
	g.Marked = func(row int) bool { asked[row]++; return false }
	g.body.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, 6.5*rowHeight)}})
	g.Mark(7)
	clear(asked)
	*rows = 2
	g.Resize(fyne.NewSize(300, 200))
	g.body.Refresh()
	g.body.AccessibilityLabel()
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 3.5*rowHeight)})
	g.body.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(5, 3.5*rowHeight)})
	for row := range asked {
		if row >= 2 {
			t.Errorf("row %d of 2 was requested", row)
		}
	}
	if g.Selected() != -1 || g.Hovered() {
		t.Errorf("row %d of 2 is selected, or the pointer is over a row that no longer exists: %v", g.Selected(), g.Hovered())
	}
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if g.Selected() != 1 {
		t.Errorf("End selects row %d, want 1", g.Selected())
	}
}

func TestAClickOnAHeaderSorts(t *testing.T) {
	g, _ := newTable(t, 3, map[int]int{})
	var got []string
	g.OnSort = func(key string) { got = append(got, key) }
	test.Tap(g.Header("b").(fyne.Tappable))
	test.Tap(g.header.titles[2]) // this column has no key
	if !slices.Equal(got, []string{"b"}) {
		t.Errorf("sorts by %v, want [b]", got)
	}
	if g.Header("z") != nil {
		t.Error("there is a header of a column z that does not exist")
	}
}

func TestKeysAndClicksSelectRows(t *testing.T) {
	g, _ := newTable(t, 100, map[int]int{})
	var got []int
	g.OnSelect = func(row int) { got = append(got, row) }
	fyne.CurrentApp().Driver().CanvasForObject(g).Focus(g.Body())
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyEnd, fyne.KeyHome, fyne.KeyUp, fyne.KeyEscape} {
		g.body.TypedKey(&fyne.KeyEvent{Name: key})
	}
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 3.5*rowHeight)})
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 300*rowHeight)})
	if want := []int{0, 1, 0, 99, 0, 0, -1, 3}; !slices.Equal(got, want) {
		t.Errorf("selected %v, want %v", got, want)
	}
	g.body.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, 2.5*rowHeight)}})
	if g.body.hovered != 2 {
		t.Errorf("the pointer is over row %d, want 2", g.body.hovered)
	}
	g.body.MouseOut()
}

func TestARowSelectedByKeyIsScrolledIntoView(t *testing.T) {
	g, _ := newTable(t, 100, map[int]int{})
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if got := texts(g); got[len(got)-1] != "99" {
		t.Errorf("the last visible row is %v, want 99", got[len(got)-1])
	}
}

func TestWidthsFillTheTable(t *testing.T) {
	g, _ := newTable(t, 1, map[int]int{})
	for _, total := range []float32{212, 400, 1600} {
		sum := float32(0)
		for _, w := range g.widths(total) {
			sum += w
		}
		if sum != total-2*edge {
			t.Errorf("in a table %v wide the columns sum up to %v, want %v", total, sum, total-2*edge)
		}
	}
	if w := g.widths(10); w[0] != 80 {
		t.Errorf("a narrow table shrinks a column to %v, want 80", w[0])
	}
}

func TestFitShortensWithAnEllipsis(t *testing.T) {
	test.NewTempApp(t)
	size := float32(13)
	long := "tracker.archive.example"
	full := fyne.MeasureText(long, size, fyne.TextStyle{}).Width
	if got := Fit(long, full, size, fyne.TextStyle{}); got != long {
		t.Errorf("shortened to %q though it fits", got)
	}
	got := Fit(long, full/2, size, fyne.TextStyle{})
	if w := fyne.MeasureText(got, size, fyne.TextStyle{}).Width; w > full/2 || []rune(got)[len([]rune(got))-1] != '…' {
		t.Errorf("%q is %v wide; want at most %v, with an ellipsis", got, w, full/2)
	}
	if got := Fit(long, 0, size, fyne.TextStyle{}); got != "…" {
		t.Errorf(`without room: %q, want "…"`, got)
	}
}

func TestANewThemeRecoloursTheRows(t *testing.T) {
	g, _ := newTable(t, 3, map[int]int{})
	before := g.body.draw.slots[0].texts[1].Color
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	g.Refresh()
	g.body.Refresh()
	if after := g.body.draw.slots[0].texts[1].Color; after == before {
		t.Errorf("the text still has the colour %v of the former theme", after)
	}
}

func TestCellsAreIndentedAndClicksAreReported(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	indent, tapped := float32(0), -1
	g := New([]Column{{Title: "A", Min: 80, Weight: 1}}, func() int { return 3 }, func(row int, out []Cell) { out[0] = Cell{Text: "x", Indent: indent * float32(row)} })
	g.OnTap = func(row int) { tapped = row }
	w := test.NewTempWindow(t, g)
	w.Resize(fyne.NewSize(300, 200))
	g.Update()
	at := func(row int) float32 { return g.body.draw.slots[row%len(g.body.draw.slots)].texts[0].Position().X }
	flat := at(2)
	indent = 18
	g.Update()
	if at(0) != flat || at(2) != flat+36 {
		t.Errorf("row 0 is at %v, row 2 at %v; want %v and %v", at(0), at(2), flat, flat+36)
	}
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 1.5*rowHeight)})
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if tapped != 1 {
		t.Errorf("OnTap got row %d, want 1", tapped)
	}
}
