package chart

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

func TestANonzeroBarIsAtLeastOnePixelHigh(t *testing.T) {
	for _, c := range []struct {
		n    uint64
		top  float64
		want float32
	}{{0, 100, 0}, {0, 0, 0}, {100, 100, 80}, {50, 100, 40}, {1, 1 << 62, 1}, {1 << 63, 1 << 63, 80}} {
		if got := height(c.n, c.top, 80); got != c.want {
			t.Errorf("%d of %g is %g high, want %g", c.n, c.top, got, c.want)
		}
	}
}

func TestBarsAreDrawnAtEveryWidth(t *testing.T) {
	test.NewTempApp(t)
	for _, n := range []int{0, 1, 31, 400} {
		b := NewBars("lower", "upper", func(v, _ float64) string { return fmt.Sprint(v) })
		test.NewTempWindow(t, b)
		b.Set(make([]Bar, n))
		for _, width := range []float32{0, 1, 60, 900} {
			b.Resize(fyne.NewSize(width, barsHeight))
			b.Refresh()
		}
		b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(899, 5)}})
		if want := n - 1; b.hovered != want {
			t.Errorf("of %d bars, bar %d is under the pointer, want %d", n, b.hovered, want)
		}
		b.MouseOut()
	}
}
