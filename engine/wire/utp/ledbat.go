package utp

import (
	"time"

	"bittoratio/engine/wire/moment"
)

// The figures of LEDBAT as µTP uses it (BEP 29, RFC 6817).
const (
	targetDelay = 100 * time.Millisecond // of queueing that a flow causes when it is alone
	slowUntil   = 90 * time.Millisecond  // slow start ends at this delay
	gain        = 3000                   // bytes by which the window grows in one round trip, at most
	maxShrink   = 10                     // times the gain by which it shrinks, at most
	maxWindow   = 4 << 20                // bytes
	headroom    = 2                      // packets by which the window may exceed what is in flight (RFC 6817 §2.4.2)

	baseSlots = 12 // the base delay is the least of the last two minutes (BEP 29), in slots of ten seconds
	slotTime  = 10 * time.Second
)

// congestion decides how many bytes may be in flight. It grows while the queue on the way is shorter than the target
// and shrinks while it is longer, so that a flow of TCP, which fills the queue, gets the link.
type congestion struct {
	packet    float64 // bytes of payload of one packet: the window is never smaller
	window    float64
	threshold float64 // slow start ends here; 0 for none
	slow      bool
	cut       moment.Time // when a loss last halved the window

	base     [baseSlots]uint32 // the least delay of each slot, newest first
	slots    int               // how many slots of base are filled
	slotAt   moment.Time
	recent   [4]uint32
	samples  int
	queueing time.Duration // the last delay above the base
}

func newCongestion(packet int) congestion {
	return congestion{packet: float64(packet), window: 2 * float64(packet), slow: true}
}

// delayed takes the delay of one packet of ours as the other end measured it, in microseconds of a clock with an unknown
// offset: only differences count, modulo 2^32.
func (c *congestion) delayed(sample uint32, now moment.Time) {
	if c.slots == 0 || now-c.slotAt >= slotTime {
		if c.slots > 0 && now-c.slotAt >= baseSlots*slotTime {
			c.slots = 0 // all that is known is too old
		}
		copy(c.base[1:], c.base[:])
		c.base[0], c.slotAt = sample, now
		c.slots = min(c.slots+1, baseSlots)
	}
	if int32(sample-c.base[0]) < 0 {
		c.base[0] = sample
	}
	c.recent[c.samples%len(c.recent)] = sample
	c.samples++
	c.queueing = max(0, time.Duration(int32(least(c.recent[:min(c.samples, len(c.recent))])-least(c.base[:c.slots])))*time.Microsecond)
	if c.queueing > slowUntil {
		c.slow = false
	}
}

func least(samples []uint32) uint32 {
	m := samples[0]
	for _, s := range samples[1:] {
		if int32(s-m) < 0 {
			m = s
		}
	}
	return m
}

// acked changes the window after bytes were acknowledged; flight is what was in flight before.
func (c *congestion) acked(bytes, flight int) {
	size := c.window
	if c.slow && (c.threshold == 0 || size < c.threshold) {
		size += float64(bytes)
	} else {
		c.slow = false
		off := max(float64(targetDelay-c.queueing)/float64(targetDelay), -maxShrink)
		size += gain * off * float64(bytes) / c.window
	}
	if size > c.window {
		size = min(size, max(c.window, float64(flight)+headroom*c.packet))
	}
	c.window = min(max(size, c.packet), maxWindow)
}

// lost halves the window, at most once in a round trip.
func (c *congestion) lost(now moment.Time, rtt time.Duration) {
	if c.cut != 0 && now-c.cut < max(rtt, 100*time.Millisecond) {
		return
	}
	c.cut = now
	c.window = max(c.window/2, c.packet)
	c.threshold, c.slow = c.window, false
}

// timedOut sets the window to one packet, and lets it grow quickly to half of its size before.
func (c *congestion) timedOut() {
	c.threshold, c.slow = max(c.window/2, 2*c.packet), true
	c.window = c.packet
}
