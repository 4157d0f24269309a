package chart

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/theme"
)

func plot(n int) Plot {
	p := Plot{
		Base: 1024, Zone: time.UTC, Empty: "nothing",
		Value:  func(v, _ float64) string { return fmt.Sprint(v) },
		Moment: func(at time.Time, _ time.Duration) string { return at.Format("15:04") },
		Words:  func(i int) []string { return []string{fmt.Sprint("point ", i), "more"} },
	}
	reported, uploaded := make([]float64, n), make([]float64, n)
	for i := range n {
		p.Times = append(p.Times, int64(i)*60_000)
		uploaded[i], reported[i] = float64(i)*1000, float64(i)*2500
	}
	p.Lines = []Line{{Name: "Reported", Values: reported, Tone: theme.Strong, Filled: true}, {Name: "Uploaded", Values: uploaded, Tone: theme.Plain, Dashed: true}}
	return p
}

// painted returns how many pixels of a picture are not empty.
func painted(m image.Image) (n int) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if _, _, _, a := m.At(x, y).RGBA(); a > 0 {
				n++
			}
		}
	}
	return n
}

// TestALineLooksTheSameWithFewAndManyPoints of it.
func TestALineLooksTheSameWithFewAndManyPoints(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(420, 160))
	var areas []int
	for _, n := range []int{0, 1, 2, 50, 10_000} {
		l.Set(plot(n))
		m := l.paint(350, 120)
		areas = append(areas, painted(m))
		if dir := os.Getenv("PICTURES"); dir != "" {
			writePicture(t, filepath.Join(dir, fmt.Sprintf("lines-%d.png", n)), w.Canvas().Capture())
		}
	}
	if areas[0] != 0 || areas[1] == 0 || areas[2] < 350*120/3 {
		t.Errorf("pixels painted for 0, 1 and 2 points: %v; want none, some, and more than a third", areas)
	}
	for _, a := range areas[3:] {
		if d := a - areas[2]; d < -800 || d > 800 {
			t.Errorf("pixels painted: %v; want the same area, within 800, from 2 points on", areas)
		}
	}
}

// writePicture writes a picture to a file.
func writePicture(t *testing.T, path string, m image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Error(err)
	}
}

// TestACurveHasAGapAtABreak, and so has its background.
func TestACurveHasAGapAtABreak(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	l.Resize(fyne.NewSize(400, 200))
	p := plot(3)
	p.Times = []int64{0, 100, 200}
	p.Breaks = []bool{false, false, true}
	l.Set(p)
	m := l.paint(200, 100)
	for x, want := range map[int]bool{50: true, 90: true, 150: false, 190: false, 199: true} {
		got := false
		for y := range 100 {
			_, _, _, a := m.At(x, y).RGBA()
			got = got || a > 0
		}
		if got != want {
			t.Errorf("column %d is painted: %v, want %v", x, got, want)
		}
	}
}

func TestTheTooltipDescribesThePointUnderThePointer(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	var shown []string
	at := func(x float32) {
		l.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(scaleWidth+x, 10)}})
		shown = append(shown, strings.Join(l.Tooltip(), "/"))
	}
	at(0) // there are no points yet
	l.Resize(fyne.NewSize(scaleWidth+sideWidth+101, 150))
	l.Set(plot(3))
	for _, x := range []float32{0, 50, 51, 100} {
		at(x)
	}
	r := test.WidgetRenderer(l).(*linesRenderer)
	if r.tooltip[0].Text != "point 2" || r.tooltip[1].Text != "more" || r.box.Position().X+r.box.Size().Width > l.Size().Width {
		t.Errorf("the tooltip reads %q, %q at %v; want that of point 2 within the chart", r.tooltip[0].Text, r.tooltip[1].Text, r.box.Position())
	}
	l.Set(plot(2)) // the point under the pointer no longer exists
	at(0)
	l.MouseOut()
	shown = append(shown, strings.Join(l.Tooltip(), "/"))
	if got := fmt.Sprintf("%q", shown); got != `["" "point 0/more" "point 1/more" "point 1/more" "point 2/more" "point 0/more" ""]` {
		t.Errorf("tooltips: %s", got)
	}
	if r.tooltip[0].Text != "" {
		t.Errorf("the tooltip still reads %q without a pointer", r.tooltip[0].Text)
	}
}

// TestHoveringRepaintsNoLine: 10,000 points must not be painted again at each move of the pointer.
func TestHoveringRepaintsNoLine(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	l.Resize(fyne.NewSize(420, 160))
	l.Set(plot(10_000))
	r := test.WidgetRenderer(l).(*linesRenderer)
	r.raster.Generator = func(int, int) image.Image {
		t.Error("the lines were painted again")
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	for x := range 300 {
		l.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(scaleWidth+float32(x), 10)}})
	}
}

func TestAxesAndLegendAreLabelled(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	l.Resize(fyne.NewSize(420, 160))
	words := func() (out []string) {
		for _, o := range test.WidgetRenderer(l).Objects() {
			if t, ok := o.(*canvas.Text); ok && t.Text != "" {
				out = append(out, t.Text)
			}
		}
		return out
	}
	l.Set(Plot{Empty: "nothing"})
	if got := words(); !slices.Equal(got, []string{"nothing"}) {
		t.Errorf("texts of an empty chart: %q", got)
	}
	p := plot(31)
	l.Set(p)
	if got := words(); !slices.Equal(got, []string{"0", "20480", "40960", "61440", "81920", "00:00", "00:15", "00:30", "Reported", "Uploaded"}) {
		t.Errorf("texts with 31 points: %q", got)
	}
	l.Set(plot(1))
	if got := words(); !slices.Equal(got, []string{"0", "00:00", "Reported", "Uploaded"}) {
		t.Errorf("texts with one point: %q", got)
	}
}

func BenchmarkDraw10000(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	l.Resize(fyne.NewSize(420, 160))
	l.Set(plot(10_000))
	for b.Loop() {
		l.paint(350, 120)
	}
}
