package utp

import (
	"time"

	"bittoratio/engine/wire/moment"
)

// When packets are sent again.
const (
	minTimeout   = 500 * time.Millisecond
	minProbe     = 150 * time.Millisecond // with few packets in flight: nothing else would show a loss (RFC 8985)
	firstTimeout = time.Second            // before a round trip was measured
	maxTimeout   = 8 * time.Second
	maxTimeouts  = 8 // in a row
	fewPackets   = 4
	maxFlight    = 4096 // packets

	outboxBytes = 256 << 10 // written and not sent, at most
	windowProbe = 15 * time.Second
)

// packet is a packet with a sequence number that is not acknowledged, or that follows one that is not.
type packet struct {
	kind    Type
	payload []byte
	sent    moment.Time
	order   uint64 // which transmission of the connection its last one was
	times   int
	acked   bool
	lost    bool
}

// outbox keeps bytes to send until they are acknowledged.
type outbox struct {
	next    uint16   // sequence number of the next new packet
	flight  []packet // the last of which has the number next-1
	open    int      // bytes in flight: neither acknowledged nor lost
	unacked int      // bytes not acknowledged, the lost ones included
	pending []byte   // written, not sent
	order   uint64
	newest  [3]uint64 // the highest orders acknowledged, highest first
	repeats int       // acks in a row without news
	resent  int

	timing
	congestion
}

// timing measures round trips, and from them how long to wait for an acknowledgement.
type timing struct {
	rtt, deviation time.Duration // 0 before the first measurement
	shortest       time.Duration
	since          moment.Time // progress or the first transmission; zero while nothing is awaited
	timeouts       int         // in a row
}

// measured takes one round trip (Jacobson and Karels). A round trip much longer than all before counts less: its first
// ack may have been lost.
func (t *timing) measured(sample time.Duration) {
	if t.rtt == 0 {
		t.rtt, t.deviation, t.shortest = sample, sample/2, sample
		return
	}
	sample = min(sample, 3*t.rtt+minProbe)
	t.deviation += ((t.rtt - sample).Abs() - t.deviation) / 4
	t.rtt += (sample - t.rtt) / 8
	t.shortest = min(t.shortest, sample)
}

// wait returns how long an acknowledgement may take.
func (t *timing) wait(few bool) time.Duration {
	d := firstTimeout
	switch {
	case t.rtt > 0 && few:
		d = max(2*t.rtt+t.deviation, minProbe)
	case t.rtt > 0:
		d = max(t.rtt+4*t.deviation, minTimeout)
	}
	return min(d<<t.timeouts, maxTimeout)
}

// deadline returns when the oldest packet counts as lost; zero while nothing is awaited.
func (o *outbox) deadline() moment.Time {
	if o.since == 0 {
		return 0
	}
	return o.since + o.wait(len(o.flight) < fewPackets)
}

// first returns the sequence number of the oldest packet that is not acknowledged.
func (o *outbox) first() uint16 { return o.next - uint16(len(o.flight)) }

// acknowledge takes the acks of a packet; ok is false if it acknowledges what was never sent. progress is how many bytes
// are acknowledged now that were not before.
func (o *outbox) acknowledge(h *Header, now moment.Time) (progress int, ok bool) {
	cumulative := int(int16(h.Ack - o.first() + 1)) // packets at the front that are acknowledged
	if cumulative > len(o.flight) {
		return 0, false
	}
	if cumulative < 0 {
		return 0, true // an old packet, late
	}
	before, moved := o.unacked, cumulative > 0
	newest := packet{}
	mark := func(i int) bool {
		p := &o.flight[i]
		if p.acked {
			return false
		}
		if o.ackOne(p, now); p.order > newest.order {
			newest = *p
		}
		return true
	}
	for i := range cumulative {
		mark(i)
	}
	for i := range len(h.Mask) * 8 {
		if at := cumulative + 1 + i; at >= len(o.flight) {
			break
		} else if h.Mask[i/8]&(1<<(i%8)) != 0 {
			moved = mark(at) || moved
		}
	}
	for len(o.flight) > 0 && o.flight[0].acked {
		o.flight[0] = packet{}
		o.flight = o.flight[1:]
	}
	if newest.times == 1 {
		o.measured(max(now-newest.sent, time.Microsecond))
	}
	o.repeat(h, moved, now)
	if moved {
		o.since, o.timeouts = now, 0
	}
	if len(o.flight) == 0 {
		o.flight, o.since = nil, 0
	}
	if len(h.Mask) > 0 {
		o.findLost(now)
		if p := o.oldest(); p != nil && !moved && now-p.sent > max(o.rtt+o.deviation, minProbe) {
			o.lose(p) // the other end asks for it again
		}
	}
	return before - o.unacked, true
}

func (o *outbox) oldest() *packet {
	if len(o.flight) == 0 {
		return nil
	}
	return &o.flight[0]
}

// ackOne marks one packet of the flight as acknowledged.
func (o *outbox) ackOne(p *packet, now moment.Time) {
	p.acked = true
	o.unacked -= len(p.payload)
	if !p.lost {
		o.open -= len(p.payload)
	}
	if p.times > 1 && now-p.sent < o.shortest {
		return // an earlier transmission arrived, whose order is forgotten
	}
	for k := range o.newest {
		if p.order > o.newest[k] {
			copy(o.newest[k+1:], o.newest[k:])
			o.newest[k] = p.order
			break
		}
	}
}

// repeat counts acks without news, from programs without selective acks: after the third, the oldest packet counts as
// lost.
func (o *outbox) repeat(h *Header, moved bool, now moment.Time) {
	if moved || h.Type != State || len(h.Mask) > 0 || len(o.flight) == 0 {
		o.repeats = 0
		return
	}
	if o.repeats++; o.repeats >= 3 && now-o.flight[0].sent > o.rtt { // once in a round trip, as resent packets cause such acks too
		o.repeats = 0
		o.lose(&o.flight[0])
		o.lost(now, o.rtt)
	}
}

// findLost marks the packets that three later transmissions have overtaken.
func (o *outbox) findLost(now moment.Time) {
	found := false
	for i := range o.flight {
		if p := &o.flight[i]; !p.acked && !p.lost && p.order < o.newest[len(o.newest)-1] {
			o.lose(p)
			found = true
		}
	}
	if found {
		o.lost(now, o.rtt)
	}
}

func (o *outbox) lose(p *packet) {
	if !p.lost && !p.acked {
		p.lost = true
		o.open -= len(p.payload)
	}
}

// expire runs when the deadline has passed; gone reports whether the other end is given up. All packets count as lost,
// and go out again as the window allows. With few packets in flight the first time is only a probe: the first packets
// that together fit into one go out again, and the window stays.
func (o *outbox) expire(now moment.Time) (gone bool) {
	probe := o.timeouts == 0 && len(o.flight) < fewPackets && o.rtt > 0
	o.timeouts++
	o.since = now
	size := 0
	for i := range o.flight {
		p := &o.flight[i]
		if size += len(p.payload); !p.acked && (!probe || i == 0 || float64(size) <= o.packet) {
			o.lose(p)
		}
	}
	if !probe {
		o.timedOut()
	}
	return o.timeouts > maxTimeouts
}

// due returns the index in flight of the packet to send now, which may be a new one. ok is false if the windows allow
// none. peer is the other end's window, in bytes.
func (o *outbox) due(peer int, fin bool, now moment.Time) (i int, ok bool) {
	for i := range o.flight {
		if p := &o.flight[i]; p.lost && !p.acked {
			// the oldest is always sent: nothing moves without it
			return i, i == 0 || o.open == 0 || o.open+len(p.payload) <= int(o.window)
		}
	}
	n := min(len(o.pending), int(o.packet))
	if n == 0 && !fin || len(o.flight) >= maxFlight {
		return 0, false
	}
	if o.unacked == 0 && peer > 0 {
		n = min(n, peer)
	}
	if o.unacked+n > peer && n > 0 || o.open > 0 && o.open+n > int(o.window) {
		return 0, false
	}
	o.add(n, now)
	return len(o.flight) - 1, true
}

// add puts a new packet with the first n pending bytes into flight; without bytes it is the FIN.
func (o *outbox) add(n int, now moment.Time) {
	p := packet{kind: Stream, payload: o.pending[:n:n], lost: true}
	if n == 0 {
		p.kind = Fin
	}
	if o.pending = o.pending[n:]; len(o.pending) == 0 {
		o.pending = nil
	}
	o.unacked += n
	o.flight = append(o.flight, p)
	o.next++
	if o.since == 0 {
		o.since = now
	}
}

// transmit counts one transmission of a packet in flight.
func (o *outbox) transmit(i int, now moment.Time) *packet {
	p := &o.flight[i]
	if p.times > 0 {
		o.resent++
	}
	o.order++
	p.times, p.sent, p.order = p.times+1, now, o.order
	if p.lost {
		p.lost = false
		o.open += len(p.payload)
	}
	return p
}

// write takes bytes to be sent, and returns how many there was room for.
func (o *outbox) write(b []byte) int {
	n := min(len(b), outboxBytes-len(o.pending))
	o.pending = append(o.pending, b[:n]...)
	return n
}
