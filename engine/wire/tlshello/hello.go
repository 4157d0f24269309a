package tlshello

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Hello has the fields of a ClientHello (RFC 8446 §4.1.2).
type Hello struct {
	ServerName string // lower case; empty if the client names no server, as for an address (RFC 6066 §3)
	Version    uint16 // the newest that it speaks: 0x0303 is TLS 1.2
	Hybrid     bool   // it offers X25519MLKEM768, a post-quantum key exchange (draft-ietf-tls-ecdhe-mlkem)
	HTTP1      bool   // it accepts HTTP/1.1: it offers that, or offers no choice (RFC 7301)
}

// State is what is known from the bytes so far.
type State uint8

// The states.
const (
	Short State = iota // too few bytes to know
	Whole              // a ClientHello
	Other              // anything else
)

// maxHello bounds a ClientHello, in bytes. With post-quantum keys it has about 2,000.
const maxHello = 16 << 10

// Parse reads the ClientHello at the beginning of a stream, in however many records it comes (RFC 8446 §5.1).
func Parse(b []byte) (Hello, State) {
	var message []byte
	for {
		const head = 5
		if len(b) < head {
			return Hello{}, shortOf(b)
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		if b[0] != 22 || b[1] != 3 || n == 0 || n > maxHello {
			return Hello{}, Other
		}
		record := b[head:min(len(b), head+n)]
		if message == nil {
			message = record
		} else {
			message = append(slices.Clip(message), record...)
		}
		if len(message) > 0 && message[0] != 1 {
			return Hello{}, Other
		}
		if len(message) >= 4 {
			size := int(message[1])<<16 | int(message[2])<<8 | int(message[3])
			switch {
			case size > maxHello:
				return Hello{}, Other
			case len(message) >= 4+size:
				return read(message[4 : 4+size])
			}
		}
		if len(record) < n {
			return Hello{}, Short
		}
		b = b[head+n:]
	}
}

// shortOf returns the state for fewer bytes than a record's head.
func shortOf(b []byte) State {
	if len(b) > 0 && b[0] != 22 || len(b) > 1 && b[1] != 3 {
		return Other
	}
	return Short
}

// cursor takes fields off a message. After a missing field it is broken, and returns nothing more.
type cursor struct {
	b      []byte
	broken bool
}

func (c *cursor) take(n int) []byte {
	if c.broken || n > len(c.b) {
		c.broken = true
		return nil
	}
	got := c.b[:n]
	c.b = c.b[n:]
	return got
}

// number returns an integer of size bytes.
func (c *cursor) number(size int) (n int) {
	for _, d := range c.take(size) {
		n = n<<8 | int(d)
	}
	return n
}

// vector returns a field that has its length before it, in size bytes.
func (c *cursor) vector(size int) cursor { return cursor{b: c.take(c.number(size)), broken: c.broken} }

// read reads the message after its head.
func read(b []byte) (Hello, State) {
	c := cursor{b: b}
	h := Hello{Version: uint16(c.number(2)), HTTP1: true}
	c.take(32)  // random
	c.vector(1) // session
	c.vector(2) // cipher suites
	c.vector(1) // compression
	if c.broken {
		return Hello{}, Other
	}
	if len(c.b) == 0 { // no extensions
		return h, Whole
	}
	extensions := c.vector(2)
	if c.broken || len(c.b) > 0 {
		return Hello{}, Other
	}
	for len(extensions.b) > 0 {
		kind := extensions.number(2)
		body := extensions.vector(2)
		if extensions.broken || !h.extension(kind, body) {
			return Hello{}, Other
		}
	}
	return h, Whole
}

// extension reads one extension; it returns false if that is malformed.
func (h *Hello) extension(kind int, body cursor) bool {
	switch kind {
	case 0: // server_name
		names := body.vector(2)
		for len(names.b) > 0 {
			isHost := names.number(1) == 0
			name := names.vector(2)
			if names.broken {
				return false
			}
			if isHost {
				h.ServerName = string(bytes.ToLower(name.b))
			}
		}
	case 10: // supported_groups
		for groups := body.vector(2); len(groups.b) > 0; {
			g := groups.number(2)
			if groups.broken {
				return false
			}
			h.Hybrid = h.Hybrid || g == 0x11ec
		}
	case 16: // application_layer_protocol_negotiation
		h.HTTP1 = false
		for names := body.vector(2); len(names.b) > 0; {
			if name := names.vector(1); names.broken {
				return false
			} else if string(name.b) == "http/1.1" {
				h.HTTP1 = true
			}
		}
	case 43: // supported_versions
		for versions := body.vector(1); len(versions.b) > 0; {
			v := uint16(versions.number(2))
			if versions.broken {
				return false
			}
			if v == 0x0304 { // others are older, or GREASE (RFC 8701)
				h.Version = v
			}
		}
	}
	return !body.broken
}
