package exchange

import (
	"math"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/report/policy"
)

// Point is one announce of a torrent, or the delivery of a pending one, for charts and lists. Sizes are in bytes.
type Point struct {
	At       int64  // Unix milliseconds
	Seen     uint64 // as the client announced; 0 for a delivery
	Reported uint64
	New      uint64 // since the session's last announce
	Held     uint64 // held back by a guard
	Sum      Sums   // of the torrent on its tracker, in all its sessions, after this exchange
	Seeders  int32  // -1 if the tracker did not report it
	Leechers int32
	Factor   policy.Factor
	Status   uint16 // the tracker's HTTP status; 0 for none
	Kind     Kind   // Announce or Redelivered
	Event    bittorrent.Event
	Outcome  Outcome
	Reason   Reason
	Problem  Problem
	Gap      bool // there was no announce of the session for long before it: this program or the client was off
	Failure  string
	Warning  string
}

// PointOf returns the point of an exchange, without Gap.
func PointOf(e *Entry) Point {
	return Point{
		At: e.At.Add(e.Took).UnixMilli(), Seen: e.Seen, Reported: e.Reported, New: e.New, Held: e.Held,
		Seeders: peers(e.Swarm.Seeders), Leechers: peers(e.Swarm.Leechers), Factor: e.Factor, Status: uint16(e.Status), Kind: e.Kind,
		Event: e.Event, Outcome: e.Outcome, Reason: e.Reason, Problem: e.Problem, Failure: e.Failure, Warning: e.Warning,
	}
}

func peers(n int64) int32 { return int32(min(n, math.MaxInt32)) }

// Entry returns the point's fields as an entry, for functions that make texts from entries.
func (p *Point) Entry() Entry {
	return Entry{
		Kind: p.Kind, Outcome: p.Outcome, Event: p.Event, Seen: p.Seen, Reported: p.Reported, New: p.New, Held: p.Held,
		Factor: p.Factor, Reason: p.Reason, Problem: p.Problem, Failure: p.Failure, Warning: p.Warning, Status: int(p.Status),
	}
}
