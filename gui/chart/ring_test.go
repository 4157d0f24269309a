package chart

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"bittoratio/gui/theme"
)

// coloured returns how many pixels in a part of a picture have a colour.
func coloured(m image.Image, part image.Rectangle, name fyne.ThemeColorName) (n int) {
	r, g, b, _ := theme.Color(name).RGBA()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if pr, pg, pb, a := m.At(x, y).RGBA(); a == 0xffff && pr == r && pg == g && pb == b {
				n++
			}
		}
	}
	return n
}

// TestTheRingMarksPlacesClockwiseFromTheTop: places go clockwise from the top, so a quarter is at the right.
func TestTheRingMarksPlacesClockwiseFromTheTop(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	r := NewRing()
	w := test.NewTempWindow(t, r)
	w.Resize(fyne.NewSize(220, 220))
	bare := painted(r.paint(200, 200))
	r.Set(Circle{Own: 0.25, Marks: []float64{0, 0.5, 0.75}, Arcs: []Arc{{0, 0.5}, {0.5, 1}}, Words: "three and one"})
	m := r.paint(200, 200)
	if got := painted(m); got <= bare {
		t.Errorf("%d pixels with marks, %d without; want more", got, bare)
	}
	right, left := image.Rect(150, 80, 200, 120), image.Rect(0, 80, 50, 120)
	if coloured(m, right, fynetheme.ColorNamePrimary) < 20 || coloured(m, left, fynetheme.ColorNamePrimary) > 0 {
		t.Error("our own mark at a quarter is not at the right alone")
	}
	if r.AccessibilityLabel() != "three and one" {
		t.Errorf(`AccessibilityLabel() = %q, want "three and one"`, r.AccessibilityLabel())
	}
}

func TestAnIntervalIsPaintedAroundItsLine(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewLines()
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(420, 160))
	for _, n := range []int{1, 2, 9} {
		p := plot(n)
		p.Lines = p.Lines[1:]
		for i := range p.Lines[0].Values {
			p.Lines[0].Values[i] = 100
		}
		l.Set(p)
		bare := painted(l.paint(350, 120))
		for range p.Times {
			p.Lines[0].Low, p.Lines[0].High = append(p.Lines[0].Low, 80), append(p.Lines[0].High, 150)
		}
		l.Set(p)
		if l.top() < 150 {
			t.Errorf("%d points: the scale ends at %v, below the interval", n, l.top())
		}
		if got := painted(l.paint(350, 120)); got < bare+50 {
			t.Errorf("%d points: %d pixels with the interval, %d without; want at least 50 more", n, got, bare)
		}
	}
}
