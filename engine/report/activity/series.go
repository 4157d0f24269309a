package activity

import (
	"slices"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// Point is one announce of a session, as charts and lists show it. Sizes in bytes.
type Point struct {
	At       int64 // Unix milliseconds
	Seen     uint64
	Reported uint64
	New      uint64 // since the session's last announce
	Held     uint64 // kept back by a guard
	Seeders  int32  // -1 where the tracker did not say
	Leechers int32
	Factor   policy.Factor
	Status   uint16 // the tracker's HTTP status; 0 if none
	Event    bittorrent.Event
	Outcome  Outcome
	Reason   Reason
	Problem  Problem
	Failure  string
	Warning  string
}

// Entry is the point as the words for entries want it.
func (p *Point) Entry() Entry {
	return Entry{
		Kind: Announce, Outcome: p.Outcome, Event: p.Event, Seen: p.Seen, Reported: p.Reported, New: p.New, Held: p.Held,
		Factor: p.Factor, Reason: p.Reason, Problem: p.Problem, Failure: p.Failure, Warning: p.Warning, Status: int(p.Status),
	}
}

// SeriesKept is how many points a session may have, and wholeKept how many of its newest stay then.
const (
	SeriesKept = 2_000
	wholeKept  = 100
)

// Series are a session's points, oldest first. Of the older ones every second goes when there are too many: a chart
// keeps its shape.
type Series []Point

// Add appends a point and tells by how many points the series grew, which is negative where it was thinned out.
func (s *Series) Add(p Point) (grown int) {
	if n := len(*s); n > 0 { // most answers say the same words as the one before
		last := &(*s)[n-1]
		if p.Failure == last.Failure {
			p.Failure = last.Failure
		}
		if p.Warning == last.Warning {
			p.Warning = last.Warning
		}
	}
	before := len(*s)
	if *s = append(*s, p); len(*s) > SeriesKept {
		s.Thin(wholeKept)
	}
	return len(*s) - before
}

// Thin drops every second of the points but the newest, so many, and never the first. It tells how many are gone.
func (s *Series) Thin(newest int) (gone int) {
	all := *s
	old := len(all) - newest
	if old < 2 {
		return 0
	}
	kept := all[:0]
	for i := range all {
		if i >= old || i%2 == 0 {
			kept = append(kept, all[i])
		}
	}
	clear(all[len(kept):])
	*s = kept
	return len(all) - len(kept)
}

// Newest copies at most so many of the newest points, oldest first.
func (s Series) Newest(n int) []Point { return slices.Clone(s[len(s)-min(n, len(s)):]) }
