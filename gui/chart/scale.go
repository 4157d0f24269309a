package chart

import (
	"math"
	"time"
)

// Span is one column of pixels of a curve: its first value, its lowest, its highest, and its last.
type Span struct {
	X                     int
	First, Low, High, End float64
	Broken                bool // nothing is known between this span and the one before
}

// Reduce reduces points, in the order of their times, to at most one span for each column of a plot with a width in
// pixels. Peaks stay: the lowest and the highest value of each column are kept. Values that are NaN are skipped. breaks
// is true for the points before which nothing is known; nil for none.
func Reduce(times []int64, values []float64, breaks []bool, width int) []Span {
	var out []Span
	broken := false
	for i, v := range values {
		broken = broken || len(breaks) > 0 && breaks[i]
		if math.IsNaN(v) {
			continue
		}
		x := Column(times, times[i], width)
		if n := len(out); n > 0 && out[n-1].X == x {
			s := &out[n-1]
			s.Low, s.High, s.End = min(s.Low, v), max(s.High, v), v
		} else {
			out = append(out, Span{x, v, v, v, v, broken && n > 0})
		}
		broken = false
	}
	return out
}

// Column returns the column of a time in a plot with a width in pixels; a single time is in the middle.
func Column(times []int64, at int64, width int) int {
	first, last := times[0], times[len(times)-1]
	if last <= first {
		return width / 2
	}
	return int(math.Round(float64(at-first) / float64(last-first) * float64(width-1)))
}

// Nearest returns the index of the point whose column is nearest to x; -1 if there are no points.
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

// Ticks returns round values from 0 to the first one that is not below most, in at most count steps. A step is a whole
// number: 1, 2 or 5 times a power of ten, and for bytes (base 1024) of their unit.
func Ticks(most float64, count int, base float64) []float64 {
	if most <= 0 || count < 1 || math.IsInf(most, 0) || math.IsNaN(most) {
		return []float64{0}
	}
	unit := 1.0
	for base > 10 && most/unit >= 1000 {
		unit *= base
	}
	step := 0.0
	for power := math.Pow(10, math.Floor(math.Log10(most/unit/float64(count)))); step == 0; power *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if s := m * power * unit; s >= 1 && s*float64(count) >= most*(1-1e-9) {
				step = s
				break
			}
		}
	}
	out := []float64{0}
	for i := 1; out[len(out)-1] < most*(1-1e-9); i++ {
		out = append(out, float64(i)*step)
	}
	return out
}

// steps are the possible distances between times at the foot of a chart.
var steps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 5 * day, 10 * day, 30 * day, 100 * day, 365 * day,
}

const day = 24 * time.Hour

// Moments returns round times in a zone from first to last, both in Unix milliseconds, in at most count steps; and the
// step between them. The times stay the same while last grows, until the step changes.
func Moments(first, last int64, count int, zone *time.Location) (at []int64, step time.Duration) {
	step = steps[len(steps)-1]
	for _, s := range steps {
		if (last - first) <= int64(count)*s.Milliseconds() {
			step = s
			break
		}
	}
	y, m, d := time.UnixMilli(first).In(zone).Date()
	for i := 0; len(at) <= count+1; i++ {
		t := time.Date(y, m, d, 0, 0, i*int(step/time.Second), 0, zone) // by the local clock, also across a change of summer time
		if step >= day {
			t = time.Date(y, m, d+i*int(step/day), 0, 0, 0, 0, zone)
		}
		switch ms := t.UnixMilli(); {
		case ms > last:
			return at, step
		case ms >= first:
			at = append(at, ms)
		}
	}
	return at, step
}
