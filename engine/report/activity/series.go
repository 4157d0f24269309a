package activity

import (
	"slices"
	"time"

	"bittoratio/engine/exchange"
)

// quiet is the shortest pause between announces that is a gap: clients may pause that long after a fault, or for no
// reason.
const quiet = 15 * time.Minute

// IsGap reports whether a client would have announced during the pause, given its announce interval; 0 means unknown,
// and is never a gap.
func IsGap(pause, interval time.Duration) bool { return pause > max(2*interval, quiet) && interval > 0 }

// SeriesKept is the most points of a session; wholeKept of the newest are never thinned out.
const (
	SeriesKept = 2_000
	wholeKept  = 100
)

// Series is a session's points, oldest first. If there are too many, half of the older ones are dropped, in a way that
// keeps the chart's shape.
type Series []exchange.Point

// Add appends a point and returns by how many points the series grew, which is negative if it was thinned out.
func (s *Series) Add(p exchange.Point) (grown int) {
	before := len(*s)
	if s.push(p); len(*s) > SeriesKept {
		s.Thin(wholeKept)
	}
	return len(*s) - before
}

func (s *Series) push(p exchange.Point) {
	if n := len(*s); n > 0 { // most answers have the same texts as the one before
		last := &(*s)[n-1]
		if p.Failure == last.Failure {
			p.Failure = last.Failure
		}
		if p.Warning == last.Warning {
			p.Warning = last.Warning
		}
	}
	*s = append(*s, p)
}

// Thin drops every second point, except the first and the newest ones. Of each eight points, those with the most and
// the fewest peers stay, so that a chart keeps its peaks. Thin returns how many points it dropped.
func (s *Series) Thin(newest int) (gone int) {
	all := *s
	old := len(all) - newest
	if old < 2 {
		return 0
	}
	kept := all[:0]
	gap := false
	for from := 0; from < old; from += thinned {
		group := all[from:min(from+thinned, old)]
		stays := standOut(group)
		for i := range group {
			if gap = gap || group[i].Gap; !stays[i] && from+i > 0 {
				continue
			}
			p := group[i]
			p.Gap, gap = gap, false
			kept = append(kept, p)
		}
	}
	if old < len(all) {
		all[old].Gap = all[old].Gap || gap
	}
	kept = append(kept, all[old:]...)
	clear(all[len(kept):])
	*s = kept
	return len(all) - len(kept)
}

// thinned is the size of the groups of which half stay.
const thinned = 8

// standOut chooses half of a group of at most eight points: those with the most and the fewest peers, then evenly.
func standOut(group []exchange.Point) (stays [thinned]bool) {
	room := (len(group) + 1) / 2
	choose := func(i int) {
		if room > 0 && !stays[i] {
			stays[i] = true
			room--
		}
	}
	for _, of := range [2]func(*exchange.Point) int32{func(p *exchange.Point) int32 { return p.Seeders }, func(p *exchange.Point) int32 { return p.Leechers }} {
		most, fewest := extremes(group, of)
		choose(most)
		choose(fewest)
	}
	for _, first := range [2]int{0, 1} {
		for i := first; i < len(group); i += 2 {
			choose(i)
		}
	}
	return stays
}

// extremes returns the indices of the largest and the smallest number; an unknown one (-1) cannot be the smallest.
func extremes(group []exchange.Point, of func(*exchange.Point) int32) (most, fewest int) {
	for i := range group {
		n, least := of(&group[i]), of(&group[fewest])
		if n > of(&group[most]) {
			most = i
		}
		if n >= 0 && (n < least || least < 0) {
			fewest = i
		}
	}
	return most, fewest
}

// Newest copies at most n of the newest points, oldest first.
func (s Series) Newest(n int) []exchange.Point { return slices.Clone(s[len(s)-min(n, len(s)):]) }
