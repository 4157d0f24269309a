package policy

import (
	"math"
	"math/bits"
)

// Limit is a ceiling: the speed of a line, in bytes per second, that several sessions share.
type Limit struct {
	PerSecond uint64 // 0 for none
	Spent     uint64 // bytes by which the other sessions' totals grew since this session's last announce
	Since     int64  // Unix milliseconds; earlier capacity does not count: which session used it is unknown
}

// Room returns by how many bytes a session's total may grow between two moments in Unix milliseconds: what the line can
// carry in that time, less what the other sessions used.
func (l Limit) Room(last, now int64) uint64 {
	if l.PerSecond == 0 {
		return math.MaxUint64
	}
	millis := now - max(last, l.Since)
	if millis <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(l.PerSecond, uint64(millis))
	if hi >= 1000 { // the quotient would not fit
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, 1000)
	return q - min(q, l.Spent)
}

// Stop is the ratio from which nothing is added, and the values for a torrent's ratio.
type Stop struct {
	At       Ratio
	Reported uint64 // bytes, by the torrent's other sessions on the same tracker
	Size     uint64 // bytes of the torrent; 0 if unknown
}

// Room returns by how many bytes a total may grow before it is the ratio times what the client has of the torrent. ok
// is false if that is unknown: the client downloaded nothing, and the torrent's size is unknown.
func (s Stop) Room(reported, downloaded, left uint64) (bytes uint64, ok bool) {
	if s.At == 0 {
		return math.MaxUint64, true
	}
	has := downloaded
	if left <= s.Size {
		has = max(has, s.Size-left)
	}
	if has == 0 {
		return 0, false
	}
	end, _, fits := Factor(s.At).Times(has, 0)
	if !fits {
		return math.MaxUint64, true
	}
	end -= min(end, s.Reported)
	return end - min(end, reported), true
}
