package udp

import (
	"net/netip"
	"time"

	"bittoratio/engine/wire/moment"
)

// Bucket is a token bucket: at most burst at once, refilled at rate a second. The zero value is empty; begin with
// [NewBucket].
type Bucket struct {
	rate, burst, level float64
	at                 moment.Time
}

// NewBucket returns a full bucket.
func NewBucket(rate, burst float64) Bucket { return Bucket{rate: rate, burst: burst, level: burst} }

// fill brings the level to now.
func (b *Bucket) fill(now moment.Time) {
	if d := now - b.at; b.at != 0 && d > 0 {
		b.level = min(b.burst, b.level+d.Seconds()*b.rate)
	}
	if b.at < now {
		b.at = now
	}
}

// Wait returns the time until a token is available; 0 if one is available now.
func (b *Bucket) Wait(now moment.Time) time.Duration {
	if b.fill(now); b.level >= 1 {
		return 0
	}
	return time.Duration((1-b.level)/b.rate*float64(time.Second)) + 1
}

// Take takes a token, and reports whether one was available. As with [Now], inlining it would add 2.6 kB to the
// program.
//
//go:noinline
func (b *Bucket) Take(now moment.Time) bool {
	if b.fill(now); b.level < 1 {
		return false
	}
	b.level--
	return true
}

// Full reports whether the bucket is full again, like a new one.
func (b *Bucket) Full(now moment.Time) bool {
	b.fill(now)
	return b.level >= b.burst
}

// The limits of datagrams to strangers. A home router keeps a table entry for every address for about 30 s; a table of
// 8,192 that is one third full slows the whole line.
const (
	newRate  = 25 // a second, to addresses that were not sent to within remember
	newBurst = 100
	allRate  = 100 // a second, to all addresses together
	remember = time.Minute
)

// Pace limits what leaves for the DHT. It takes the time from its caller; it is not safe for concurrent use.
type Pace struct {
	fresh, all Bucket
	sent       map[netip.AddrPort]moment.Time // when each address was last sent to
	swept      moment.Time
}

// NewPace returns a pace for a program that has not sent anything yet.
func NewPace() *Pace {
	return &Pace{fresh: NewBucket(newRate, newBurst), all: NewBucket(allRate, allRate), sent: map[netip.AddrPort]moment.Time{}}
}

// Wait returns the time until a datagram may leave to any address; 0 if it may now.
func (p *Pace) Wait(now moment.Time) time.Duration { return max(p.fresh.Wait(now), p.all.Wait(now)) }

// Take reports whether a datagram may leave to this address now, and if so counts it.
func (p *Pace) Take(to netip.AddrPort, now moment.Time) bool {
	last, known := p.sent[to]
	fresh := !known || now-last > remember
	if p.all.Wait(now) > 0 || fresh && p.fresh.Wait(now) > 0 {
		return false
	}
	p.all.Take(now)
	if fresh {
		p.fresh.Take(now)
	}
	if now-p.swept > remember/2 {
		for a, t := range p.sent {
			if now-t > remember {
				delete(p.sent, a)
			}
		}
		p.swept = now
	}
	p.sent[to] = now
	return true
}

// SentTo reports whether a datagram left to this address within the last minute.
func (p *Pace) SentTo(a netip.AddrPort, now moment.Time) bool {
	last, ok := p.sent[a]
	return ok && now-last <= remember
}
