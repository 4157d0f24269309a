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

// newTest returns a table with a number of rows, and a pointer to that number. asked counts how often each row's cells
// are asked for.
func newTest(t testing.TB, rows int, asked map[int]int) (*Grid, *int) {
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

func TestOnlyRowsInViewAreAskedFor(t *testing.T) {
	asked := map[int]int{}
	g, _ := newTest(t, 10000, asked)
	if len(asked) == 0 || len(asked) > 14 {
		t.Fatalf("%d rows were asked for, the window holds about 10", len(asked))
	}
	clear(asked)
	g.scroll.ScrollToOffset(fyne.NewPos(0, 5000*rowHeight))
	g.scroll.OnScrolled(g.scroll.Offset)
	if asked[5000] == 0 || len(asked) > 14 {
		t.Errorf("scrolled to 5000: asked for %v", asked)
	}
	if got := texts(g); got[0] != "5000" {
		t.Errorf("shows %v", got)
	}
}

func TestFewerRowsLeaveNoneBehind(t *testing.T) {
	g, rows := newTest(t, 8, map[int]int{})
	g.Mark(7)
	*rows = 2
	g.Update()
	if got := texts(g); !slices.Equal(got, []string{"0", "1"}) {
		t.Errorf("shows %v", got)
	}
	if g.Selected() != -1 {
		t.Error("a row that is gone is still chosen")
	}
}

// TestRowsMayGoBeforeTheTableIsUpdated: Fyne may lay out and draw at any time, so the table must not ask for rows that
// no longer exist.
func TestRowsMayGoBeforeTheTableIsUpdated(t *testing.T) {
	asked := map[int]int{}
	g, rows := newTest(t, 8, asked)
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
			t.Errorf("row %d of 2 is asked for", row)
		}
	}
	if g.Selected() != -1 || g.Hovered() {
		t.Errorf("row %d of 2 is chosen, or the pointer is over one that is gone", g.Selected())
	}
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if g.Selected() != 1 {
		t.Errorf("the last row is %d", g.Selected())
	}
}

func TestClickOnAHeaderSorts(t *testing.T) {
	g, _ := newTest(t, 3, map[int]int{})
	var got []string
	g.OnSort = func(key string) { got = append(got, key) }
	test.Tap(g.Header("b").(fyne.Tappable))
	test.Tap(g.header.titles[2]) // this column has no key
	if !slices.Equal(got, []string{"b"}) {
		t.Errorf("sorts by %v", got)
	}
	if g.Header("z") != nil {
		t.Error("there is no column z")
	}
}

func TestKeysAndClicksChooseRows(t *testing.T) {
	g, _ := newTest(t, 100, map[int]int{})
	var got []int
	g.OnSelect = func(row int) { got = append(got, row) }
	fyne.CurrentApp().Driver().CanvasForObject(g).Focus(g.Body())
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyEnd, fyne.KeyHome, fyne.KeyUp, fyne.KeyEscape} {
		g.body.TypedKey(&fyne.KeyEvent{Name: key})
	}
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 3.5*rowHeight)})
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 300*rowHeight)})
	if want := []int{0, 1, 0, 99, 0, 0, -1, 3}; !slices.Equal(got, want) {
		t.Errorf("chose %v, want %v", got, want)
	}
	g.body.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, 2.5*rowHeight)}})
	if g.body.hovered != 2 {
		t.Errorf("pointer over row %d", g.body.hovered)
	}
	g.body.MouseOut()
}

func TestKeyChoosesIntoView(t *testing.T) {
	g, _ := newTest(t, 100, map[int]int{})
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if got := texts(g); got[len(got)-1] != "99" {
		t.Errorf("shows %v", got)
	}
}

func TestWidthsFillTheTable(t *testing.T) {
	g, _ := newTest(t, 1, map[int]int{})
	for _, total := range []float32{212, 400, 1600} {
		sum := float32(0)
		for _, w := range g.widths(total) {
			sum += w
		}
		if sum != total-2*edge {
			t.Errorf("%v wide: columns are %v", total, sum)
		}
	}
	if w := g.widths(10); w[0] != 80 {
		t.Errorf("a narrow table shrank a column to %v", w[0])
	}
}

func TestFitEndsInAnEllipsis(t *testing.T) {
	test.NewTempApp(t)
	size := float32(13)
	long := "tracker.archive.example"
	full := fyne.MeasureText(long, size, fyne.TextStyle{}).Width
	if got := Fit(long, full, size, fyne.TextStyle{}); got != long {
		t.Errorf("it fits, but became %q", got)
	}
	got := Fit(long, full/2, size, fyne.TextStyle{})
	if w := fyne.MeasureText(got, size, fyne.TextStyle{}).Width; w > full/2 || []rune(got)[len([]rune(got))-1] != '…' {
		t.Errorf("%q is %v wide, room is %v", got, w, full/2)
	}
	if got := Fit(long, 0, size, fyne.TextStyle{}); got != "…" {
		t.Errorf("no room: %q", got)
	}
}

func TestNewThemeReachesTheRows(t *testing.T) {
	g, _ := newTest(t, 3, map[int]int{})
	before := g.body.draw.slots[0].texts[1].Color
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	g.Refresh()
	g.body.Refresh()
	if after := g.body.draw.slots[0].texts[1].Color; after == before {
		t.Error("the text kept its light colour")
	}
}

func TestACellIsIndentedAndAClickIsReported(t *testing.T) {
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
		t.Errorf("row 0 at %v, row 2 at %v, before at %v", at(0), at(2), flat)
	}
	g.body.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 1.5*rowHeight)})
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if tapped != 1 {
		t.Errorf("row %d was clicked", tapped)
	}
}
