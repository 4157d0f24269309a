package checks

import (
	"fmt"
	"time"

	"bittoratio/engine/bittorrent"
)

// Check is one of the five checks.
type Check uint8

// The checks.
const (
	Started Check = iota // upload was announced before `started`
	Fell                 // the upload total fell within a session
	Alone                // upload was announced while nobody could have received any
	Port                 // nobody can connect to the peer's port
	Speed                // upload was announced faster than the line allows

	Count = 5
)

// String returns the check's short name, as in the log.
func (c Check) String() string {
	return [Count]string{"before started", "total fell", "alone", "port closed", "speed"}[c]
}

// DefaultLine is the fastest upload that is believed by default, in bits per second.
const DefaultLine = 100_000_000

// Finding is one check that fired, with its numbers. Numbers that a check does not use are 0.
type Finding struct {
	Check  Check
	At     time.Time     // zero if the check has not fired
	Before uint64        // bytes: the upload total of the previous announce
	Now    uint64        // bytes: the upload total of this announce
	Over   time.Duration // between the two announces
	Rate   uint64        // bytes per second between the two announces
	Line   uint64        // bytes per second that are believed
	Port   uint16
}

// String explains the finding in one English sentence.
func (f Finding) String() string {
	switch f.Check {
	case Started:
		return fmt.Sprintf("%d bytes were announced as uploaded before `started`", f.Now)
	case Fell:
		return fmt.Sprintf("the upload total fell from %d to %d bytes", f.Before, f.Now)
	case Alone:
		return fmt.Sprintf("%d bytes were announced as uploaded while no other peer lacked anything", f.Now-f.Before)
	case Port:
		if Closed(f.Port) {
			return fmt.Sprintf("the peer announced port %d, so nobody can connect to it", f.Port)
		}
		return fmt.Sprintf("nobody answers at the peer's port %d", f.Port)
	default:
		return fmt.Sprintf("%d bytes in %.0f seconds are %d bytes per second, and the line carries %d", f.Now-f.Before, f.Over.Seconds(), f.Rate, f.Line)
	}
}

// Sight is one announce as the tracker sees it.
type Sight struct {
	At       time.Time
	Event    bittorrent.Event
	Uploaded uint64 // bytes
	Port     uint16 // the peer's port, from its announce
}

// Closed reports whether a peer cannot listen at a port: clients announce 0 or 1 if they accept no connections.
func Closed(port uint16) bool { return port <= 1 }

// Judge applies the checks to one announce of a peer. before is the previous one of the same session, nil if there is
// none. received reports whether another peer lacked something at any moment in between; it is called only if that
// matters. line is in bytes per second.
func Judge(before *Sight, now Sight, received func() bool, line uint64) (found []Finding) {
	notice := func(f Finding) {
		f.At = now.At
		found = append(found, f)
	}
	if Closed(now.Port) && now.Event != bittorrent.EventStopped {
		notice(Finding{Check: Port, Port: now.Port})
	}
	switch {
	case before == nil && now.Event != bittorrent.EventStarted && now.Uploaded > 0:
		notice(Finding{Check: Started, Now: now.Uploaded})
		return found
	case before == nil:
		return found // the first total of a session is where counting begins
	case now.Uploaded < before.Uploaded && now.Event == bittorrent.EventStarted:
		return found // a new session with the same peer id
	case now.Uploaded < before.Uploaded:
		notice(Finding{Check: Fell, Before: before.Uploaded, Now: now.Uploaded})
		return found
	case now.Uploaded == before.Uploaded:
		return found
	}
	if !received() {
		notice(Finding{Check: Alone, Before: before.Uploaded, Now: now.Uploaded})
	}
	if rate := Rate(before, now); rate > line {
		notice(Finding{Check: Speed, Before: before.Uploaded, Now: now.Uploaded, Over: now.At.Sub(before.At), Rate: rate, Line: line})
	}
	return found
}

// Rate returns how fast the total grew between two announces, in bytes per second; less than a second counts as one
// second.
func Rate(before *Sight, now Sight) uint64 {
	if now.Uploaded <= before.Uploaded {
		return 0
	}
	return uint64(float64(now.Uploaded-before.Uploaded) / max(now.At.Sub(before.At).Seconds(), 1))
}

// Set is a set of checks, one bit for each.
type Set uint8

// With returns the set with a check added.
func (s Set) With(c Check) Set { return s | 1<<c }

// Has reports whether a check is in the set.
func (s Set) Has(c Check) bool { return s&(1<<c) != 0 }
