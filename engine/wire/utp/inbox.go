package utp

const (
	inboxBytes = 1 << 20 // received but not read, including packets that came too early
	maxAhead   = 1024    // packets after the next expected one
)

// inbox puts the other end's packets in order.
type inbox struct {
	ack    uint16 // the last packet in order
	ready  []byte // in order, not read
	ahead  map[uint16][]byte
	held   int    // bytes in ahead
	fin    uint16 // the sequence number of the other end's FIN, if finned
	finned bool
	ended  bool // all before the FIN is here
}

// space returns how many bytes the inbox can take, which is the window it advertises.
func (b *inbox) space() int { return max(0, inboxBytes-len(b.ready)-b.held) }

// take stores one packet with a sequence number. It drops packets that it has, that are beyond the FIN or too far
// ahead, or for which there is no room.
func (b *inbox) take(h *Header) {
	d := int16(h.Seq - b.ack)
	if d <= 0 || d > maxAhead || len(h.Payload) > b.space() || b.finned && before(b.fin, h.Seq) {
		return
	}
	if h.Type == Fin && !b.finned {
		b.end(h.Seq)
	}
	if d > 1 {
		if _, here := b.ahead[h.Seq]; !here {
			if b.ahead == nil {
				b.ahead = map[uint16][]byte{}
			}
			b.ahead[h.Seq] = append([]byte(nil), h.Payload...)
			b.held += len(h.Payload)
		}
		return
	}
	b.ready = append(b.ready, h.Payload...)
	b.ack++
	for p, here := b.ahead[b.ack+1]; here; p, here = b.ahead[b.ack+1] {
		b.ack++
		delete(b.ahead, b.ack)
		b.held -= len(p)
		b.ready = append(b.ready, p...)
	}
	b.ended = b.finned && !before(b.ack, b.fin)
}

// end records the FIN, and drops bytes after it, which no correct program sends.
func (b *inbox) end(seq uint16) {
	b.finned, b.fin = true, seq
	for s, p := range b.ahead {
		if before(seq, s) {
			delete(b.ahead, s)
			b.held -= len(p)
		}
	}
}

// read copies the bytes that are in order to p.
func (b *inbox) read(p []byte) int {
	n := copy(p, b.ready)
	if b.ready = b.ready[n:]; len(b.ready) == 0 {
		b.ready = nil
	}
	return n
}

// mask returns the selective ack for the packets after a hole; nil if there are none.
func (b *inbox) mask() []byte {
	if len(b.ahead) == 0 {
		return nil
	}
	last := 0
	for seq := range b.ahead {
		last = max(last, int(seq-b.ack-2))
	}
	mask := make([]byte, min((last/8+minMask)/minMask*minMask, maxMask))
	for seq := range b.ahead {
		if i := int(seq - b.ack - 2); i/8 < len(mask) {
			mask[i/8] |= 1 << (i % 8)
		}
	}
	return mask
}
