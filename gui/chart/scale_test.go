//go:build !nogui

package chart

import (
	"fmt"
	"math"
	"testing"
)

func TestReduceKeepsWhatStandsOut(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100, 10_000} {
		times, values := make([]int64, n), make([]float64, n)
		for i := range n {
			times[i], values[i] = int64(i*i), float64(i%7)
		}
		values[n/2] = 1000
		spans := Reduce(times, values, 300)
		if len(spans) > 300 || len(spans) < min(n, 2) && n < 300 {
			t.Errorf("%d points became %d spans", n, len(spans))
		}
		high, x := 0.0, -1
		for _, s := range spans {
			high = max(high, s.High)
			if s.X <= x || s.X >= 300 || s.Low > s.First || s.Low > s.End || s.High < s.First || s.High < s.End {
				t.Fatalf("%+v after column %d", s, x)
			}
			x = s.X
		}
		if high != 1000 {
			t.Errorf("of %d points the peak is lost", n)
		}
	}
	if got := Reduce([]int64{1, 2, 3}, []float64{1, math.NaN(), 3}, 100); len(got) != 2 {
		t.Errorf("a gap: %v", got)
	}
	if got := Reduce(nil, nil, 100); got != nil {
		t.Errorf("%v", got)
	}
}

func TestNearestPointIsUnderThePointer(t *testing.T) {
	times := []int64{0, 10, 100}
	for x, want := range map[int]int{-5: 0, 0: 0, 4: 0, 7: 1, 50: 1, 60: 2, 500: 2} {
		if got := Nearest(times, x, 101); got != want {
			t.Errorf("at %d: point %d, want %d", x, got, want)
		}
	}
	if Nearest(nil, 5, 100) != -1 || Nearest([]int64{7}, 5, 100) != 0 {
		t.Error("none, or one point")
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		most float64
		base float64
		want string
	}{
		{0, 10, "[0]"},
		{math.NaN(), 10, "[0]"},
		{3, 10, "[0 1 2 3]"},
		{17, 10, "[0 5 10 15]"},
		{100, 10, "[0 50 100]"},
		{16 * 1024, 1024, "[0 5120 10240 15360]"},
		{1.5 * 1024 * 1024, 1024, "[0 524288 1.048576e+06 1.572864e+06]"},
	} {
		got := Ticks(c.most, 3, c.base)
		if fmt.Sprint(got) != c.want {
			t.Errorf("up to %v: %v, want %s", c.most, got, c.want)
		}
	}
	for most := 1e-3; most < 1e18; most *= 1.7 {
		if got := Ticks(most, 3, 1024); len(got) < 2 || len(got) > 5 || got[len(got)-1] > most*(1+1e-6) {
			t.Errorf("up to %v: %v", most, got)
		}
	}
}
