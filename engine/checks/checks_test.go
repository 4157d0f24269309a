package checks

import (
	"slices"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
)

var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestEachCheckFiresOnItsOwnFault(t *testing.T) {
	before := &Sight{At: begin, Uploaded: 1000, Port: 6881}
	for _, c := range []struct {
		name     string
		before   *Sight
		event    bittorrent.Event
		uploaded uint64
		port     uint16
		received bool
		want     []Check
	}{
		{"nothing uploaded", before, bittorrent.EventNone, 1000, 6881, false, nil},
		{"uploaded to someone", before, bittorrent.EventNone, 2000, 6881, true, nil},
		{"uploaded without a leecher", before, bittorrent.EventNone, 2000, 6881, false, []Check{Alone}},
		{"too fast", before, bittorrent.EventNone, 101_000, 6881, true, []Check{Speed}},
		{"too fast and without a leecher", before, bittorrent.EventNone, 101_000, 6881, false, []Check{Alone, Speed}},
		{"the total fell", before, bittorrent.EventNone, 999, 6881, true, []Check{Fell}},
		{"started again", before, bittorrent.EventStarted, 0, 6881, false, nil},
		{"the first announce is started", nil, bittorrent.EventStarted, 50, 6881, false, nil},
		{"the first announce is not started", nil, bittorrent.EventNone, 50, 6881, false, []Check{Started}},
		{"the first announce is not started, and has uploaded nothing", nil, bittorrent.EventNone, 0, 6881, false, nil},
		{"port 0", before, bittorrent.EventNone, 1000, 0, true, []Check{Port}},
		{"port 1", before, bittorrent.EventNone, 1000, 1, true, []Check{Port}},
		{"port 0 of a peer that leaves", before, bittorrent.EventStopped, 1000, 0, true, nil},
	} {
		now := Sight{At: begin.Add(10 * time.Second), Event: c.event, Uploaded: c.uploaded, Port: c.port}
		var got []Check
		var set Set
		for _, f := range Judge(c.before, now, func() bool { return c.received }, 1000) {
			got = append(got, f.Check)
			set = set.With(f.Check)
			if !f.At.Equal(now.At) || f.String() == "" {
				t.Errorf("%s: the finding is %+v, want its time and a text", c.name, f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: fired %v, want %v", c.name, got, c.want)
		}
		for check := range Check(Count) {
			if set.Has(check) != slices.Contains(c.want, check) {
				t.Errorf("%s: the set has check %v: %v", c.name, check, set.Has(check))
			}
		}
	}
}

func TestTheRateOverLessThanASecondIsThatOfASecond(t *testing.T) {
	if got := Rate(&Sight{At: begin}, Sight{At: begin.Add(time.Millisecond), Uploaded: 500}); got != 500 {
		t.Errorf("the rate is %d, want 500", got)
	}
	if got := Rate(&Sight{At: begin, Uploaded: 9}, Sight{At: begin.Add(time.Second), Uploaded: 5}); got != 0 {
		t.Errorf("the rate is %d, want 0", got)
	}
}
