package chart

import (
	"fmt"
	"math"
	"testing"
	"time"
	_ "time/tzdata" // not every system has it
)

func TestReduceKeepsPeaksAndBreaks(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100, 10_000} {
		times, values := make([]int64, n), make([]float64, n)
		for i := range n {
			times[i], values[i] = int64(i*i), float64(i%7)
		}
		values[n/2] = 1000
		spans := Reduce(times, values, nil, 300)
		if len(spans) > 300 || len(spans) < min(n, 2) && n < 300 {
			t.Errorf("%d points became %d spans", n, len(spans))
		}
		high, x := 0.0, -1
		for _, s := range spans {
			high = max(high, s.High)
			if s.X <= x || s.X >= 300 || s.Low > s.First || s.Low > s.End || s.High < s.First || s.High < s.End {
				t.Fatalf("span %+v after column %d is out of order or inconsistent", s, x)
			}
			x = s.X
		}
		if high != 1000 {
			t.Errorf("of %d points the peak is %v, want 1000", n, high)
		}
	}
	if got := Reduce([]int64{1, 2, 3}, []float64{1, math.NaN(), 3}, nil, 100); len(got) != 2 || got[1].Broken {
		t.Errorf("around an unknown value: %v, want 2 spans without a break", got)
	}
	if got := Reduce([]int64{1, 2, 3, 4}, []float64{1, math.NaN(), 3, 4}, []bool{true, true, false, false}, 100); len(got) != 3 || got[0].Broken || !got[1].Broken || got[2].Broken {
		t.Errorf("at a break: %v, want 3 spans with the break before the second", got)
	}
	if got := Reduce([]int64{1, 2, 1000}, []float64{1, 2, 3}, []bool{false, true, false}, 100); len(got) != 2 || got[1].Broken {
		t.Errorf("at a break within a column: %v, want 2 spans without a break", got)
	}
	if got := Reduce(nil, nil, nil, 100); got != nil {
		t.Errorf("without points: %v, want nil", got)
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
		t.Error("Nearest is wrong without points or with a single point")
	}
}

func TestTicksAreRoundNumbers(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		most float64
		base float64
		want string
	}{
		{0, 10, "[0]"},
		{math.NaN(), 10, "[0]"},
		{1, 10, "[0 1]"}, // there are no half peers
		{3, 10, "[0 1 2 3]"},
		{17, 10, "[0 5 10 15 20]"},
		{100, 10, "[0 50 100]"},
		{3, 1024, "[0 1 2 3]"},
		{16 * 1024, 1024, "[0 5120 10240 15360 20480]"},
		{1.5 * mib, 1024, fmt.Sprint([]float64{0, 0.5 * mib, mib, 1.5 * mib})},
		{1010 * mib, 1024, fmt.Sprint([]float64{0, 512 * mib, 1024 * mib})},
	} {
		got := Ticks(c.most, 4, c.base)
		if fmt.Sprint(got) != c.want {
			t.Errorf("up to %v: %v, want %s", c.most, got, c.want)
		}
	}
	for most := 1.0; most < 1e18; most *= 1.7 {
		got := Ticks(most, 4, 1024)
		if n := len(got); n < 2 || n > 5 || got[n-1] < most*(1-1e-6) || got[n-2] >= most {
			t.Errorf("up to %v: ticks %v, want 2 to 5 that just cover it", most, got)
		}
	}
}

func TestTimeTicksAreRoundInLocalTime(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) int64 {
		m, err := time.ParseInLocation("2006-01-02 15:04:05", s, paris)
		if err != nil {
			t.Fatal(err)
		}
		return m.UnixMilli()
	}
	for _, c := range []struct {
		first, last, want string
	}{
		{"2026-03-01 10:01:07", "2026-03-01 10:02:31", "10:01:30 10:02:00 10:02:30 "},
		{"2026-03-01 10:00:00", "2026-03-01 10:30:00", "10:00:00 10:15:00 10:30:00 "},
		{"2026-03-01 10:01:00", "2026-03-02 09:59:00", "12:00:00 18:00:00 00:00:00 06:00:00 "},
		{"2026-03-28 20:00:00", "2026-03-29 06:00:00", "21:00:00 00:00:00 03:00:00 06:00:00 "}, // summer time begins in this night
		{"2026-03-27 20:00:00", "2026-03-30 20:00:00", "00:00:00 00:00:00 00:00:00 "},
		{"2026-03-01 10:00:00", "2026-03-01 10:00:00", "10:00:00 "},
	} {
		moments, _ := Moments(at(c.first), at(c.last), 4, paris)
		got := ""
		for _, m := range moments {
			got += time.UnixMilli(m).In(paris).Format("15:04:05 ")
		}
		if got != c.want {
			t.Errorf("from %s to %s: got %s, want %s", c.first, c.last, got, c.want)
		}
	}
	for span := int64(1); span < 5*365*86_400_000; span = span*2 + 1 {
		first := at("2026-03-01 10:01:07")
		moments, step := Moments(first, first+span, 5, paris)
		if len(moments) > 6 || span > 10_000 && len(moments) == 0 || step == 0 {
			t.Errorf("over %d ms: %d ticks %v of step %v; want 1 to 6", span, len(moments), moments, step)
		}
	}
}
