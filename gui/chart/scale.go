//go:build !nogui

package chart

import "math"

// Span is what one column of pixels shows of a line: where it comes in, its lowest and its highest, where it leaves.
type Span struct {
	X                     int
	First, Low, High, End float64
}

// Reduce brings points, in the order of their times, to at most one span a column of a plot so many pixels wide. What
// stands out stays: of each column the lowest and the highest are kept. A value that is not a number is a gap.
func Reduce(times []int64, values []float64, width int) []Span {
	var out []Span
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		x := Column(times, times[i], width)
		if n := len(out); n > 0 && out[n-1].X == x {
			s := &out[n-1]
			s.Low, s.High, s.End = min(s.Low, v), max(s.High, v), v
			continue
		}
		out = append(out, Span{x, v, v, v, v})
	}
	return out
}

// Column is where a moment stands in a plot so many pixels wide; a single moment stands in the middle.
func Column(times []int64, at int64, width int) int {
	first, last := times[0], times[len(times)-1]
	if last <= first {
		return width / 2
	}
	return int(math.Round(float64(at-first) / float64(last-first) * float64(width-1)))
}

// Nearest is the place of the point whose column is the nearest to x; -1 without points.
func Nearest(times []int64, x, width int) int {
	best, distance := -1, math.MaxInt
	for i, at := range times {
		d := Column(times, at, width) - x
		if d < 0 {
			d = -d
		}
		if d <= distance {
			best, distance = i, d
		}
	}
	return best
}

// Ticks are round values from 0 to most, at most so many above 0, in steps of 1, 2 or 5 times a power of the base: 1024
// for bytes, whose powers of ten are then within one unit, or 10. The last is the highest not above most.
func Ticks(most float64, count int, base float64) []float64 {
	if most <= 0 || count < 1 || math.IsInf(most, 0) || math.IsNaN(most) {
		return []float64{0}
	}
	unit := 1.0
	for base > 10 && most/unit >= base {
		unit *= base
	}
	step := math.Pow(10, math.Floor(math.Log10(most/unit/float64(count))))
	for _, m := range []float64{1, 2, 5, 10} {
		if most/unit/(step*m) < float64(count)+1 {
			step *= m
			break
		}
	}
	step *= unit
	out := []float64{0}
	for v := step; v <= most*(1+1e-9) && len(out) <= count+1; v += step {
		out = append(out, v)
	}
	return out
}
