package utp

import "encoding/binary"

// Type is the type of a packet; the numbers are those of BEP 29.
type Type byte

// The types of packets.
const (
	Stream Type = iota // bytes; BEP 29 calls it DATA
	Fin
	State // an acknowledgement, without a sequence number of its own
	Reset
	Syn
)

const (
	version       = 1
	headerSize    = 20
	extSelective  = 1
	maxExtensions = 8
	minMask       = 4   // bytes of the shortest selective ack (BEP 29)
	maxMask       = 252 // bytes of the longest that one extension holds: a multiple of four
)

// Header is one packet. All times are in microseconds of a clock that only its sender knows, modulo 2^32.
type Header struct {
	Type   Type
	ID     uint16
	Time   uint32 // when it was sent
	Delay  uint32 // by the sender's clock: arrival of the last packet it received − that packet's Time; 0 before the first
	Window uint32 // bytes that the sender can still take
	Seq    uint16
	Ack    uint16 // the last packet received in order
	Mask   []byte // selective ack: bit 0 of byte 0 is packet Ack+2; nil without one

	Payload []byte
}

// Parse reads one datagram; mask and payload share its bytes. ok is false for a datagram that is not a µTP packet, has
// more than eight extensions, or has one that runs past its end. Unknown extensions are skipped.
func Parse(b []byte) (h Header, ok bool) {
	if len(b) < headerSize || b[0]&0xf != version || Type(b[0]>>4) > Syn {
		return Header{}, false
	}
	h = Header{
		Type: Type(b[0] >> 4), ID: binary.BigEndian.Uint16(b[2:]), Time: binary.BigEndian.Uint32(b[4:]),
		Delay: binary.BigEndian.Uint32(b[8:]), Window: binary.BigEndian.Uint32(b[12:]),
		Seq: binary.BigEndian.Uint16(b[16:]), Ack: binary.BigEndian.Uint16(b[18:]),
	}
	kind, rest := b[1], b[headerSize:]
	for n := 0; kind != 0; n++ {
		if n == maxExtensions || len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			return Header{}, false
		}
		body := rest[2 : 2+int(rest[1])]
		if kind == extSelective && len(body) >= minMask {
			h.Mask = body
		}
		kind, rest = rest[0], rest[2+len(body):]
	}
	if len(rest) > 0 {
		h.Payload = rest
	}
	return h, true
}

// Append appends the packet as a datagram. The mask has at most 255 bytes.
func (h *Header) Append(dst []byte) []byte {
	kind := byte(0)
	if len(h.Mask) > 0 {
		kind = extSelective
	}
	dst = append(dst, byte(h.Type)<<4|version, kind)
	dst = binary.BigEndian.AppendUint16(dst, h.ID)
	dst = binary.BigEndian.AppendUint32(dst, h.Time)
	dst = binary.BigEndian.AppendUint32(dst, h.Delay)
	dst = binary.BigEndian.AppendUint32(dst, h.Window)
	dst = binary.BigEndian.AppendUint16(dst, h.Seq)
	dst = binary.BigEndian.AppendUint16(dst, h.Ack)
	if kind != 0 {
		dst = append(dst, 0, byte(len(h.Mask)))
		dst = append(dst, h.Mask...)
	}
	return append(dst, h.Payload...)
}

// before reports whether sequence number a comes before b; numbers wrap.
func before(a, b uint16) bool { return int16(a-b) < 0 }
