package utp

import (
	"bittoratio/engine/wire/moment"
)

// Next appends the next datagram that is to be sent now to dst, or returns nil if there is none.
func (f *Flow) Next(now moment.Time, dst []byte) []byte {
	f.advance(now)
	switch f.phase {
	case over:
		return nil
	case dialling:
		return f.syn(now, dst)
	}
	if f.answer {
		f.answer, f.ack = false, false
		return f.packet(State, f.stateSeq(), nil, nil, now).Append(dst)
	}
	if i, ok := f.out.due(f.window(now), f.finDue(), now); ok {
		p := f.out.transmit(i, now)
		f.finSent = f.finSent || p.kind == Fin
		f.ack = f.ack && len(f.in.ahead) > 0 // the packet has the ack, but no room for a mask
		return f.packet(p.kind, f.out.first()+uint16(i), nil, p.payload, now).Append(dst)
	}
	if f.ack {
		f.ack = false
		return f.packet(State, f.stateSeq(), f.in.mask(), nil, now).Append(dst)
	}
	return nil
}

// window returns the other end's window; if it is 0, now and then one packet, as a probe.
func (f *Flow) window(now moment.Time) int {
	if f.peer > 0 || len(f.out.pending) == 0 {
		f.probed = 0
		return f.peer
	}
	if f.probed == 0 {
		f.probed = now
	}
	if now-f.probed < windowProbe {
		return 0
	}
	f.probed = now
	return int(f.out.packet)
}

// finDue reports whether the FIN is the next new packet.
func (f *Flow) finDue() bool {
	return f.phase == closing && !f.finSent && len(f.out.pending) == 0
}

// stateSeq returns the sequence number of an ack. As long as the other end may not know our numbers, it is that of the
// first packet.
func (f *Flow) stateSeq() uint16 {
	if f.syns == 0 && f.out.first() == f.first {
		return f.first
	}
	return f.out.next
}

// advance does what is due because time has passed.
func (f *Flow) advance(now moment.Time) {
	due := func(t moment.Time) bool { return t != 0 && now >= t }
	switch f.phase {
	case over:
		return
	case dialling:
		if due(f.began + dialTime) {
			f.fail(ErrSilent)
		}
		return
	case closing:
		if due(f.closed+lingerTime) || f.finished() {
			f.phase = over
			return
		}
	}
	if due(f.out.deadline()) && f.out.expire(now) {
		f.fail(ErrSilent)
		return
	}
	if len(f.in.ahead) > 0 && due(f.received+nudgeTime) {
		if due(f.received + f.patience) {
			f.fail(ErrSilent)
		} else if due(max(f.received, f.nudged) + nudgeTime) {
			f.nudged, f.ack = now, true
		}
		return
	}
	if due(f.received + idleTime) {
		f.fail(ErrSilent)
	}
}

// finished reports whether the FIN was sent and acknowledged.
func (f *Flow) finished() bool { return f.finSent && len(f.out.flight) == 0 }

func (f *Flow) syn(now moment.Time, dst []byte) []byte {
	if f.syns == len(dialTimes) || now < f.began+dialTimes[f.syns] {
		return nil
	}
	f.syns++
	h := f.packet(Syn, 1, nil, nil, now)
	h.ID, h.Ack = f.receiveID, 0
	return h.Append(dst)
}

// packet returns a packet with the fields that every packet of the connection has.
func (f *Flow) packet(kind Type, seq uint16, mask, payload []byte, now moment.Time) *Header {
	return &Header{
		Type: kind, ID: f.sendID, Time: f.micros(now), Delay: f.delay, Window: uint32(f.in.space()),
		Seq: seq, Ack: f.in.ack, Mask: mask, Payload: payload,
	}
}
