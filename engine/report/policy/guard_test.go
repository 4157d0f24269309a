package policy_test

import (
	"encoding/json"
	"math"
	"testing"

	"bittoratio/engine/report/policy"
)

func TestACeilingIsSharedAndCountsFromTheLastAnnounce(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit policy.Limit
		last  int64
		now   int64
		room  uint64
	}{
		{"no ceiling", policy.Limit{}, 0, 1000, math.MaxUint64},
		{"ten seconds", policy.Limit{PerSecond: 100}, 1000, 11_000, 1000},
		{"half a second", policy.Limit{PerSecond: 100}, 1000, 1500, 50},
		{"at once", policy.Limit{PerSecond: 100}, 1000, 1000, 0},
		{"a clock set back", policy.Limit{PerSecond: 100}, 1000, 0, 0},
		{"other sessions used some of it", policy.Limit{PerSecond: 100, Spent: 300}, 1000, 11_000, 700},
		{"other sessions used all of it", policy.Limit{PerSecond: 100, Spent: 3000}, 1000, 11_000, 0},
		{"the time before the start does not count", policy.Limit{PerSecond: 100, Since: 9000}, 1000, 11_000, 200},
		{"more than a number holds", policy.Limit{PerSecond: math.MaxUint64}, 0, math.MaxInt64, math.MaxUint64},
	} {
		if got := c.limit.Room(c.last, c.now); got != c.room {
			t.Errorf("%s: room for %d, want %d", c.name, got, c.room)
		}
	}
}

func TestTheRatioIsOfTheDataThatTheClientHas(t *testing.T) {
	for _, c := range []struct {
		name                       string
		stop                       policy.Stop
		reported, downloaded, left uint64
		room                       uint64
		ok                         bool
	}{
		{"no ratio", policy.Stop{}, 5, 0, 0, math.MaxUint64, true},
		{"downloaded", policy.Stop{At: 2000}, 50, 100, 900, 150, true},
		{"reached", policy.Stop{At: 2000}, 200, 100, 0, 0, true},
		{"passed", policy.Stop{At: 2000}, 300, 100, 0, 0, true},
		{"a seeder's size", policy.Stop{At: 1500, Size: 1000}, 100, 0, 0, 1400, true},
		{"a few bytes downloaded again do not lower the size", policy.Stop{At: 1500, Size: 1000}, 100, 16, 0, 1400, true},
		{"downloaded twice", policy.Stop{At: 1000, Size: 1000}, 100, 2000, 0, 1900, true},
		{"half downloaded", policy.Stop{At: 2000, Size: 1000}, 100, 0, 500, 900, true},
		{"other sessions count", policy.Stop{At: 2000, Size: 1000, Reported: 1500}, 100, 0, 0, 400, true},
		{"other sessions used all of it", policy.Stop{At: 2000, Size: 1000, Reported: 5000}, 100, 0, 0, 0, true},
		{"nothing known", policy.Stop{At: 2000}, 0, 0, 0, 0, false},
		{"nothing downloaded yet", policy.Stop{At: 2000, Size: 1000}, 0, 0, 1000, 0, false},
		{"more left than the torrent has", policy.Stop{At: 2000, Size: 1000}, 0, 0, 5000, 0, false},
		{"more than a number holds", policy.Stop{At: policy.MaxRatio}, 0, math.MaxUint64, 0, math.MaxUint64, true},
	} {
		if got, ok := c.stop.Room(c.reported, c.downloaded, c.left); got != c.room || ok != c.ok {
			t.Errorf("%s: room for %d (%v), want %d (%v)", c.name, got, ok, c.room, c.ok)
		}
	}
}

func TestARatioIsReadAndWritten(t *testing.T) {
	for text, want := range map[string]policy.Ratio{"0": 0, "0.1": 100, "1,5": 1500, "2": 2000, "1000": 1_000_000} {
		r, err := policy.ParseRatio(text)
		if err != nil || r != want || !r.Valid() {
			t.Errorf("%q is read as %d (%v), want %d", text, r, err, want)
		}
		var again policy.Ratio
		b, _ := json.Marshal(r)
		if err := json.Unmarshal(b, &again); err != nil || again != want {
			t.Errorf("%q is written %s and read as %d (%v), want %d", text, b, again, err, want)
		}
	}
	for _, text := range []string{"", "-1", "0.05", "1001", "x", "1.2345"} {
		if r, err := policy.ParseRatio(text); err == nil {
			t.Errorf("%q is accepted as %s", text, r)
		}
	}
	var r policy.Ratio
	if json.Unmarshal([]byte(`"2"`), &r) == nil || json.Unmarshal([]byte(`0.01`), &r) == nil {
		t.Error("an invalid ratio is accepted in JSON")
	}
}
