package utp

import (
	"errors"
	"time"

	"bittoratio/engine/wire/moment"
)

// Why a connection ended before its time.
var (
	ErrReset  = errors.New("utp: the other end reset the connection")
	ErrSilent = errors.New("utp: the other end does not answer")
)

// Payloads, in bytes, that networks forward without fragmenting them; the connection does not search for a larger one.
const (
	PayloadIPv4 = 1380
	PayloadIPv6 = 1200
)

const (
	dialTime   = 7 * time.Second
	idleTime   = 2 * time.Minute
	lingerTime = 2 * time.Second // for the FIN, after Close

	nudgeTime = time.Second // of silence while a packet is missing; then the ack is sent again
	patience  = 3500 * time.Millisecond
)

// dialTimes are when a SYN is sent: five times, because with three every fourth dial fails at 30 % loss.
var dialTimes = [5]time.Duration{0, time.Second, 2 * time.Second, 3500 * time.Millisecond, 5 * time.Second}

// Options are the limits and the randomness that a connection needs.
type Options struct {
	Payload int    // bytes of one packet; PayloadIPv4 if 0
	Clock   uint32 // what the connection's clock shows when it begins, in microseconds

	// Patience is how long the other end may be silent while a packet is missing; 3.5 s if 0. libtorrent drops a
	// connection silently after it has lost a packet three times.
	Patience time.Duration
}

// phase is how far a connection is.
type phase int

const (
	dialling phase = iota
	open
	closing // closed here, the FIN is on its way
	over
)

// Flow is one connection. All its methods take the time, which must not go back. It is not safe for concurrent use.
//
// After each call, [Flow.Next] has to be called until it returns no more, and again at [Flow.Deadline].
type Flow struct {
	receiveID, sendID uint16
	clock             uint32
	patience          time.Duration
	phase             phase
	err               error
	moments

	in  inbox
	out outbox

	delay   uint32 // of the last packet, to be sent to the other end
	peer    int    // the other end's window, in bytes
	ack     bool   // an acknowledgement is due
	answer  bool   // a SYN has to be answered: before all else, since the other end can read nothing earlier
	syns    int    // sent; 0 for an accepted connection
	first   uint16 // sequence number of an accepted connection's first packet
	finSent bool
}

// moments are when things happened last; zero for never.
type moments struct {
	began    moment.Time
	received moment.Time // a packet came
	nudged   moment.Time // an ack went out again because of a hole
	probed   moment.Time // the other end's window was tried though it was 0, or became 0
	closed   moment.Time
}

func newFlow(o Options, now moment.Time) *Flow {
	if o.Payload == 0 {
		o.Payload = PayloadIPv4
	}
	if o.Patience == 0 {
		o.Patience = patience
	}
	f := &Flow{patience: o.Patience, clock: o.Clock, moments: moments{began: now, received: now}, peer: inboxBytes}
	f.out.congestion = newCongestion(o.Payload)
	return f
}

// Dial begins a connection. The other end's packets carry this id.
func Dial(id uint16, o Options, now moment.Time) *Flow {
	f := newFlow(o, now)
	f.receiveID, f.sendID = id, id+1
	f.out.next = 2 // the SYN is 1
	return f
}

// Accept accepts the connection that this SYN begins. first is the sequence number of our first packet; it must be
// random.
func Accept(syn *Header, first uint16, o Options, now moment.Time) *Flow {
	f := newFlow(o, now)
	f.receiveID, f.sendID = syn.ID+1, syn.ID
	f.phase, f.first, f.answer = open, first, true
	f.out.next, f.in.ack = first, syn.Seq
	f.note(syn, now)
	return f
}

// ID returns the connection id in the packets of the other end. A RESET may have the other id, which is [Flow.SendID].
func (f *Flow) ID() uint16 { return f.receiveID }

// SendID returns the connection id of the packets that are sent, except the SYN.
func (f *Flow) SendID() uint16 { return f.sendID }

// Connected reports whether the other end has answered.
func (f *Flow) Connected() bool { return f.phase != dialling && (f.phase != over || f.err == nil) }

// Over reports whether nothing more will be sent or received.
func (f *Flow) Over() bool { return f.phase == over }

// Err returns why the connection ended; nil if it has not ended, or was closed.
func (f *Flow) Err() error { return f.err }

// micros returns the time on the connection's own clock, in microseconds.
func (f *Flow) micros(now moment.Time) uint32 {
	return f.clock + uint32((now - f.began).Microseconds())
}

// note reads the header fields that every packet has.
func (f *Flow) note(h *Header, now moment.Time) {
	f.received = now
	f.delay = f.micros(now) - h.Time
	f.peer = int(min(h.Window, maxWindow))
	if f.peer > 0 {
		f.probed = 0
	}
}

// Receive takes a packet of the other end.
func (f *Flow) Receive(h *Header, now moment.Time) {
	switch {
	case f.phase == over:
		return
	case h.Type == Reset:
		f.fail(ErrReset)
		return
	case h.Type == Syn:
		f.again(h)
		return
	case f.phase == dialling:
		if h.Type != State || h.Ack != f.out.next-1 || f.syns == 0 {
			return
		}
		f.phase, f.in.ack = open, h.Seq-1
		if f.syns == 1 {
			f.out.measured(max(now-f.began, time.Microsecond))
		}
	}
	flight := f.out.open
	bytes, ok := f.out.acknowledge(h, now)
	if !ok {
		return // an ack of bytes that were never sent: not a packet of this connection
	}
	f.note(h, now)
	if bytes > 0 && h.Delay != 0 {
		f.out.delayed(h.Delay, now)
		f.out.acked(bytes, flight)
	}
	if h.Type == Stream || h.Type == Fin {
		f.in.take(h)
		f.ack = true
	}
}

// again answers a SYN that came again because its answer was lost, as long as nothing else has arrived.
func (f *Flow) again(h *Header) {
	if f.syns == 0 && h.Seq == f.in.ack && f.out.first() == f.first {
		f.answer = true
	}
}

func (f *Flow) fail(err error) { f.phase, f.err = over, err }

// Write takes bytes to be sent and returns how many there was room for.
func (f *Flow) Write(b []byte) int {
	if f.phase == closing || f.phase == over {
		return 0
	}
	return f.out.write(b)
}

// Read returns bytes that arrived, and whether no more will come.
func (f *Flow) Read(b []byte) (n int, end bool) {
	low := f.in.space() < inboxBytes/4
	n = f.in.read(b)
	if low && f.in.space() >= inboxBytes/4 && f.phase == open {
		f.ack = true // the other end waits for room
	}
	return n, len(f.in.ready) == 0 && f.in.ended
}

// Readable reports whether [Flow.Read] has something to return.
func (f *Flow) Readable() bool { return len(f.in.ready) > 0 || f.in.ended }

// Writable reports whether [Flow.Write] has room.
func (f *Flow) Writable() bool { return len(f.out.pending) < outboxBytes }

// Close sends what is written and a FIN, for two seconds at most. Nothing can be written any more.
func (f *Flow) Close(now moment.Time) {
	switch f.phase {
	case dialling:
		f.phase = over
	case open:
		f.phase, f.closed = closing, now
	}
}

// Reset ends the connection at once. It appends the RESET for the other end to dst, or returns nil if the connection is
// over, or no SYN was sent. The other end may have answered a SYN though no answer has arrived: then it would keep a
// connection on which nothing comes.
func (f *Flow) Reset(now moment.Time, dst []byte) []byte {
	if f.phase == over || f.phase == dialling && f.syns == 0 {
		return nil
	}
	f.phase = over
	return f.packet(Reset, f.out.next, nil, nil, now).Append(dst)
}

// Deadline returns when [Flow.Next] has to be called even if nothing happens; zero for never.
func (f *Flow) Deadline() moment.Time {
	switch f.phase {
	case dialling:
		if f.syns == len(dialTimes) {
			return f.began + dialTime
		}
		return f.began + dialTimes[f.syns]
	case over:
		return 0
	}
	at := f.received + idleTime
	earlier := func(t moment.Time) {
		if t != 0 && t < at {
			at = t
		}
	}
	earlier(f.out.deadline())
	if len(f.in.ahead) > 0 {
		earlier(f.received + f.patience)
		earlier(max(f.received, f.nudged) + nudgeTime)
	}
	if f.probed != 0 {
		earlier(f.probed + windowProbe)
	}
	if f.phase == closing {
		earlier(f.closed + lingerTime)
	}
	return at
}

// Stats are figures for pictures and tests.
type Stats struct {
	Window   int           // bytes that may be in flight
	RTT      time.Duration // 0 before the first measurement
	Queueing time.Duration // by which packets are late, by the other end's clock
	Resent   int           // packets
}

// Stats returns the current figures.
func (f *Flow) Stats() Stats {
	return Stats{Window: int(f.out.window), RTT: f.out.rtt, Queueing: f.out.queueing, Resent: f.out.resent}
}
