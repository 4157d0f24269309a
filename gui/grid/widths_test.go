package grid

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/theme"
	"bittoratio/gui/tip"
)

// draggable returns a table with columns that share its width.
func draggable(t *testing.T, width float32) (*Grid, fyne.Window) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	g := New([]Column{{Key: "a", Title: "A", Min: 80, Weight: 3}, {Key: "b", Title: "B", Min: 60, Weight: 1}, {Key: "c", Title: "C", Min: 60}, {Key: "d", Title: "D", Min: 50, Weight: 1}},
		func() int { return 3 }, func(row int, out []Cell) { out[0], out[1] = Cell{Text: "a long text that is cut"}, Cell{Text: "x"} })
	w := test.NewTempWindow(t, g)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, 330))
	g.Update()
	return g, w
}

func (g *Grid) drag(column int, by ...float32) {
	p := g.header.grips[column]
	for _, dx := range by {
		p.Dragged(&fyne.DragEvent{Dragged: fyne.Delta{DX: dx}})
	}
	p.DragEnd()
}

func checkWidths(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b float32) bool { return math.Abs(float64(a-b)) < 0.6 }) {
		t.Errorf("%s: columns are %v, want %v", what, got, want)
	}
}

// TestADraggedColumnTakesRoomFromTheNext: all other columns keep their widths, and the changed ones are saved.
func TestADraggedColumnTakesRoomFromTheNext(t *testing.T) {
	g, _ := draggable(t, 512)
	var saved []string
	g.OnWidths = func(w string) { saved = append(saved, w) }
	checkWidths(t, "at first", g.widths(512), []float32{230, 110, 60, 100})
	g.drag(0, 10, 20, -10)
	checkWidths(t, "wider", g.widths(512), []float32{250, 90, 60, 100})
	g.drag(1, 25)
	checkWidths(t, "a column of fixed width", g.widths(512), []float32{250, 114, 36, 100})
	g.drag(0, 1000)
	checkWidths(t, "as wide as can be", g.widths(512), []float32{328, 36, 36, 100})
	g.drag(0, -1000)
	checkWidths(t, "as narrow as can be", g.widths(512), []float32{36, 328, 36, 100})
	if sum := g.widths(1012); math.Abs(float64(sum[0]+sum[1]+sum[2]+sum[3]-1000)) > 0.6 || sum[1] < 400 {
		t.Errorf("in a larger window the columns are %v, want a sum of 1000 with a second column of at least 400", sum)
	}
	again, _ := draggable(t, 512)
	again.SetWidths(saved[len(saved)-1])
	checkWidths(t, "remembered", again.widths(512), g.widths(512))
	g.header.grips[2].DoubleTapped(nil)
	checkWidths(t, "reset", g.widths(512), []float32{230, 110, 60, 100})
	if got := saved[len(saved)-1]; got != "" {
		t.Errorf("after a reset %q is saved, want nothing", got)
	}
}

func TestInvalidSavedWidthsAreIgnored(t *testing.T) {
	g, _ := draggable(t, 512)
	g.SetWidths("a=1+1,b=NaN+1,c=60+-2,d,x=70+1,=3+3,b=70+1e9")
	checkWidths(t, "invalid widths", g.widths(512), []float32{230, 110, 60, 100})
	if g.SetWidths("b=200+0"); g.Widths() != "b=200+0" {
		t.Errorf(`Widths() = %q, want "b=200+0"`, g.Widths())
	}
}

func TestADragSkipsHiddenColumns(t *testing.T) {
	g, _ := draggable(t, 512)
	g.HideColumns(map[string]bool{"b": true, "d": true})
	before := g.widths(512)
	g.drag(0, -30)
	checkWidths(t, "dragged beside a hidden column", g.widths(512), []float32{before[0] - 30, 0, before[2] + 30, 0})
	if !g.header.grips[2].Hidden || g.header.grips[0].Hidden {
		t.Errorf("the last visible column has a grip: %v, the first has none: %v; want neither", !g.header.grips[2].Hidden, g.header.grips[0].Hidden)
	}
}

// TestAShortenedTextHasATooltip: it has the whole text of a shortened cell or title.
func TestAShortenedTextHasATooltip(t *testing.T) {
	g, w := draggable(t, 400)
	var wait []func()
	layer := tip.NewLayer(func(_ time.Duration, do func()) func() {
		wait = append(wait, do)
		return func() {}
	})
	w.SetContent(container.NewStack(g, layer))
	w.Resize(fyne.NewSize(400, 330))
	over := func(x float32) string {
		wait = nil
		g.body.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 40), AbsolutePosition: fyne.NewPos(x, 70)}})
		for _, do := range wait {
			do()
		}
		return layer.Text()
	}
	if got := over(30); got != "" {
		t.Errorf("the tooltip of a text that fits: %q, want none", got)
	}
	g.drag(0, -120)
	if got := over(20); got != "a long text that is cut" {
		t.Errorf("the tooltip of a shortened text: %q", got)
	}
	if got := over(150); got != "" {
		t.Errorf("the tooltip of the next column: %q, want none", got)
	}
	if g.body.MouseOut(); g.Hovered() {
		t.Error("Hovered() = true after the pointer left")
	}
}

// TestADragFollowsThePointer: the dragged edge follows the pointer and no other edge moves, at any width of the table
// and with any columns hidden.
func TestADragFollowsThePointer(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	for _, width := range []float32{130, 200, 250, 262, 300, 512, 1000} {
		for _, hidden := range []map[string]bool{{}, {"b": true}, {"a": true}, {"d": true}, {"b": true, "c": true}} {
			fresh := func() *Grid {
				g := New([]Column{{Key: "a", Min: 80, Weight: 3}, {Key: "b", Min: 60, Weight: 1}, {Key: "c", Min: 60}, {Key: "d", Min: 50, Weight: 1}}, func() int { return 0 }, nil)
				g.HideColumns(hidden)
				g.header.Resize(fyne.NewSize(width, headerHeight))
				return g
			}
			for column := range 4 {
				g := fresh()
				next := g.after(column)
				if hidden[g.columns[column].Key] || next < 0 {
					continue
				}
				what := fmt.Sprintf("%v wide without %v, column %d", width, hidden, column)
				want := g.widths(width)
				want[column] -= 1
				want[next] += 1
				g.drag(column, -1, -2, 2, 3, -2, -1)
				checkWidths(t, what, g.widths(width), want)
				for _, by := range []float32{5000, -5000} {
					g.drag(column, by)
					for i, w := range g.widths(width) {
						if i != column && i != next && math.Abs(float64(w-want[i])) > 0.6 {
							t.Errorf("%s, dragged by %v: column %d changes from %v to %v, want no change", what, by, i, want[i], w)
						}
					}
				}
				again := fresh()
				again.SetWidths(g.Widths())
				checkWidths(t, what+", remembered", again.widths(width), g.widths(width))
			}
		}
	}
}

// TestShowingMoreColumnsDoesNotWidenTheTable: its minimum width is the same with all columns as with all but one.
func TestShowingMoreColumnsDoesNotWidenTheTable(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	var columns []Column
	for i := range 20 {
		columns = append(columns, Column{Key: string(rune('a' + i)), Title: "title", Min: 80})
	}
	g := New(columns, func() int { return 0 }, func(int, []Cell) {})
	g.HideColumns(map[string]bool{"b": true})
	one := g.MinSize().Width
	g.HideColumns(map[string]bool{})
	if all := g.MinSize().Width; all != one {
		t.Errorf("the table is at least %v wide with all columns, want %v as with one fewer", all, one)
	}
}

// TestColumnsGrowWithTheText as far as there is room; the table does not ask for more. Widths that the user set apply
// to each size of text.
func TestColumnsGrowWithTheText(t *testing.T) {
	g, _ := draggable(t, 1012)
	size := func(s string) { fyne.CurrentApp().Settings().SetTheme(theme.Sized(theme.Light, s)); g.Refresh() }
	least, usual := g.MinSize().Width, g.widths(1012)
	size(theme.Large)
	scale := theme.Scale()
	checkWidths(t, "large text, and a column that shares no room", g.widths(1012)[2:3], []float32{60 * scale})
	if got := g.body.draw.widths; !slices.Equal(got, g.widths(1012)) {
		t.Errorf("the rows have the widths %v, want %v as the titles", got, g.widths(1012))
	}
	if g.MinSize().Width != least {
		t.Errorf("with large text the table is at least %v wide, want %v", g.MinSize().Width, least)
	}
	checkWidths(t, "large text without room", g.widths(least), []float32{80, 60, 60, 50})
	want := g.widths(1012)
	want[1] += 20
	want[2] -= 20
	g.drag(1, 5, 15)
	checkWidths(t, "dragged with large text", g.widths(1012), want)
	words := g.Widths()
	g.drag(0, 5000)
	size(theme.Normal)
	g.SetWidths(words)
	checkWidths(t, "the usual text again", g.widths(1012)[2:3], []float32{usual[2] - 20/scale})
}
