//go:build !nogui

package chart

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"bittoratio/gui/theme"
)

func plot(n int) Plot {
	p := Plot{Base: 1024, From: "first", To: "last", Value: func(v float64) string { return fmt.Sprint(v) }, Words: func(i int) string { return fmt.Sprint("point ", i) }}
	told, seen := make([]float64, n), make([]float64, n)
	for i := range n {
		p.Times = append(p.Times, int64(i)*60)
		seen[i], told[i] = float64(i)*1000, float64(i)*2500
	}
	p.Lines = []Line{{Values: told, Tone: theme.Strong, Filled: true}, {Values: seen, Tone: theme.Muted}}
	return p
}

// painted is how many pixels of a picture are not empty.
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

// TestLinesDrawWithFewAndManyPoints: the same straight line, whatever the number of points.
func TestLinesDrawWithFewAndManyPoints(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(420, 160))
	r := &linesRenderer{l: l}
	r.raster = (test.WidgetRenderer(l).(*linesRenderer)).raster
	var areas []int
	for _, n := range []int{0, 1, 2, 50, 10_000} {
		l.Set(plot(n))
		m := r.draw(350, 120)
		areas = append(areas, painted(m))
		if dir := os.Getenv("PICTURES"); dir != "" {
			keep(t, filepath.Join(dir, fmt.Sprintf("lines-%d.png", n)), w.Canvas().Capture())
		}
	}
	if areas[0] != 0 || areas[1] == 0 || areas[2] < 350*120/3 {
		t.Errorf("painted %v", areas)
	}
	for _, a := range areas[3:] {
		if d := a - areas[2]; d < -800 || d > 800 {
			t.Errorf("painted %v: not the same line", areas)
		}
	}
}

func keep(t *testing.T, path string, m image.Image) {
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

func TestHoverSaysThePointUnderThePointer(t *testing.T) {
	test.NewTempApp(t)
	l := NewLines()
	var said []string
	l.OnHover = func(words string) { said = append(said, words) }
	l.MouseMoved(&desktop.MouseEvent{}) // nothing to say yet
	l.Resize(fyne.NewSize(scaleWidth+101, 150))
	l.Set(plot(3))
	for _, x := range []float32{0, 50, 51, 100} {
		l.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(scaleWidth+x, 10)}})
	}
	l.Set(plot(2)) // the point is gone
	l.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(scaleWidth, 10)}})
	l.MouseOut()
	if got := fmt.Sprint(said); got != "[point 0 point 1 point 2 point 0 ]" {
		t.Error(got)
	}
}

func BenchmarkDraw10000(b *testing.B) {
	test.NewTempApp(b)
	l := NewLines()
	l.Resize(fyne.NewSize(420, 160))
	l.Set(plot(10_000))
	r := test.WidgetRenderer(l).(*linesRenderer)
	for b.Loop() {
		r.draw(350, 120)
	}
}
