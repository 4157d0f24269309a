package activity

import (
	"math"
	"slices"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
	"bittoratio/engine/report/policy"
)

// Point is one announce of a torrent, or the delivery of a pending one, as charts and lists show it. Sizes in bytes.
type Point struct {
	At       int64  // Unix milliseconds
	Seen     uint64 // as the client said; 0 for a delivery
	Reported uint64
	New      uint64      // since the session's last announce
	Held     uint64      // kept back by a guard
	Sum      ledger.Sums // of the torrent on its tracker, in all its sessions, when this was over
	Seeders  int32       // -1 where the tracker did not say
	Leechers int32
	Factor   policy.Factor
	Status   uint16        // the tracker's HTTP status; 0 if none
	Kind     exchange.Kind // Announce or Redelivered
	Event    bittorrent.Event
	Outcome  exchange.Outcome
	Reason   exchange.Reason
	Problem  exchange.Problem
	Gap      bool // nothing was heard of the session for long before it: this program or the client was off
	Failure  string
	Warning  string
}

// PointOf is what charts and lists show of an exchange, but for Gap.
func PointOf(e *exchange.Entry) Point {
	return Point{
		At: e.At.Add(e.Took).UnixMilli(), Seen: e.Seen, Reported: e.Reported, New: e.New, Held: e.Held,
		Seeders: peers(e.Swarm.Seeders), Leechers: peers(e.Swarm.Leechers), Factor: e.Factor, Status: uint16(e.Status), Kind: e.Kind,
		Event: e.Event, Outcome: e.Outcome, Reason: e.Reason, Problem: e.Problem, Failure: e.Failure, Warning: e.Warning,
	}
}

func peers(n int64) int32 { return int32(min(n, math.MaxInt32)) }

// Entry is the point as the words for entries want it.
func (p *Point) Entry() exchange.Entry {
	return exchange.Entry{
		Kind: p.Kind, Outcome: p.Outcome, Event: p.Event, Seen: p.Seen, Reported: p.Reported, New: p.New, Held: p.Held,
		Factor: p.Factor, Reason: p.Reason, Problem: p.Problem, Failure: p.Failure, Warning: p.Warning, Status: int(p.Status),
	}
}

// quiet is the shortest pause between announces that is a gap: clients wait so long after a fault, or of their own accord.
const quiet = 15 * time.Minute

// IsGap is whether a client that was told an interval (0 is unknown) would have announced meanwhile.
func IsGap(pause, interval time.Duration) bool { return pause > max(2*interval, quiet) && interval > 0 }

// SeriesKept is how many points a session may have, and wholeKept how many of its newest stay then.
const (
	SeriesKept = 2_000
	wholeKept  = 100
)

// Series are a session's points, oldest first. Of the older ones half go when there are too many: a chart keeps its
// shape.
type Series []Point

// Add appends a point and tells by how many points the series grew, which is negative where it was thinned out.
func (s *Series) Add(p Point) (grown int) {
	before := len(*s)
	if s.push(p); len(*s) > SeriesKept {
		s.Thin(wholeKept)
	}
	return len(*s) - before
}

func (s *Series) push(p Point) {
	if n := len(*s); n > 0 { // most answers say the same words as the one before
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

// Thin drops every second of the points but the newest, so many, and never the first. Of each eight those stay at which
// most and fewest peers were seen, so that a chart keeps its peaks. It tells how many are gone.
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

// thinned is of how many points half stay at a time.
const thinned = 8

// standOut chooses half of some points, at most eight: those with the most and the fewest peers, then evenly.
func standOut(group []Point) (stays [thinned]bool) {
	room := (len(group) + 1) / 2
	choose := func(i int) {
		if room > 0 && !stays[i] {
			stays[i] = true
			room--
		}
	}
	for _, of := range [2]func(*Point) int32{func(p *Point) int32 { return p.Seeders }, func(p *Point) int32 { return p.Leechers }} {
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

// extremes are the places of the largest and the smallest number; unknown ones (-1) count for the largest alone.
func extremes(group []Point, of func(*Point) int32) (most, fewest int) {
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

// Newest copies at most so many of the newest points, oldest first.
func (s Series) Newest(n int) []Point { return slices.Clone(s[len(s)-min(n, len(s)):]) }
