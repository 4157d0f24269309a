package httphead

import (
	"bytes"
	"io"
)

// Kind is how the end of a body is found.
type Kind uint8

// The ways a body ends (RFC 9112 §6.3).
const (
	NoBody     Kind = iota
	Length          // after Framing.Length bytes
	Chunked         // after the last chunk and its trailer
	UntilClose      // with the connection
)

// Framing is where a body ends.
type Framing struct {
	Kind   Kind
	Length int64 // bytes, for Length
}

// framing reads Transfer-Encoding and Content-Length as strictly as RFC 9112 §6 allows a proxy. It refuses both at
// once, any coding but chunked, lengths that differ, signs and leading zeros, because another reader might find another
// end. Without either line the result is UntilClose.
func (h *head) framing() (Framing, error) {
	var te, cl []byte
	var hasTE, hasCL bool
	for _, f := range h.Fields {
		name, value := f.Name.Of(h.Raw), f.Value.Of(h.Raw)
		switch {
		case equalFold(name, "transfer-encoding"):
			if hasTE {
				return Framing{}, bad("there are two Transfer-Encoding lines")
			}
			te, hasTE = value, true
		case equalFold(name, "content-length"):
			if hasCL && !bytes.Equal(cl, value) {
				return Framing{}, bad("there are two Content-Length lines that differ")
			}
			cl, hasCL = value, true
		}
	}
	switch {
	case hasTE && hasCL:
		return Framing{}, bad("there are both Transfer-Encoding and Content-Length")
	case hasTE && h.minor == 0:
		return Framing{}, bad("Transfer-Encoding came with HTTP/1.0")
	case hasTE && !equalFold(te, "chunked"):
		return Framing{}, &Error{501, "the only transfer coding known here is chunked"}
	case hasTE:
		return Framing{Kind: Chunked}, nil
	case hasCL:
		n, ok := parseLength(cl)
		if !ok {
			return Framing{}, bad("Content-Length is not a plain number")
		}
		return Framing{Kind: Length, Length: n}, nil
	}
	return Framing{Kind: UntilClose}, nil
}

// parseLength reads 0 or a number without leading zero, of at most 18 digits.
func parseLength(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// Body gives the bytes of one message's body as they are on the wire, chunk sizes included, and knows where it ends.
type Body struct {
	src    *Source
	kind   Kind
	left   int64
	chunks chunks
	done   bool
}

// Body starts the body that follows the head just read.
func (s *Source) Body(f Framing) Body {
	return Body{src: s, kind: f.Kind, left: f.Length, done: f.Kind == NoBody || f.Kind == Length && f.Length == 0}
}

// Next returns the next bytes, at least one, valid until the source is used again. It ends with io.EOF after the last;
// [ErrCut] if the connection ended first; an *[Error] if chunks are malformed; otherwise the connection's error.
func (b *Body) Next() ([]byte, error) {
	if b.done {
		return nil, io.EOF
	}
	s := b.src
	if s.start == s.end {
		if err := s.fill(); err != nil {
			if err == io.EOF && b.kind == UntilClose {
				b.done = true
				return nil, io.EOF
			}
			if err == io.EOF {
				err = ErrCut
			}
			return nil, err
		}
	}
	p := s.buf[s.start:s.end]
	switch b.kind {
	case Length:
		if int64(len(p)) >= b.left {
			p, b.done = p[:b.left], true
		}
		b.left -= int64(len(p))
	case Chunked:
		n, done, err := b.chunks.scan(p)
		if err != nil {
			return nil, err
		}
		p, b.done = p[:n], done
	}
	s.start += len(p)
	return p, nil
}

// Buffered reports whether Next can give bytes, or the end, without waiting for the connection.
func (b *Body) Buffered() bool { return b.done || b.src.start < b.src.end }

// Done reports whether the end was reached.
func (b *Body) Done() bool { return b.done }

// Limits of chunked framing. Chunk extensions have no use here, and unbounded ones were an attack (CVE-2023-39326).
const (
	maxExtension  = 256     // bytes of one chunk's extension
	maxExtensions = 4096    // bytes of all of them
	maxTrailer    = 8 << 10 // bytes
)

// chunks walks chunked framing (RFC 9112 §7.1) byte by byte, and through a chunk's own bytes at once.
type chunks struct {
	state      uint8
	digits     uint8
	left       uint64
	extension  int
	extensions int
	trailer    int
	lineLen    int
}

const (
	chunkSize uint8 = iota
	chunkExt
	chunkSizeLF
	chunkBytes
	chunkCR
	chunkLF
	trailerLine
	trailerLF
)

// scan returns how many bytes of p belong to the body, and whether it ended with them.
func (c *chunks) scan(p []byte) (n int, done bool, err error) {
	for n < len(p) {
		if c.state == chunkBytes {
			take := min(uint64(len(p)-n), c.left)
			n += int(take)
			if c.left -= take; c.left == 0 {
				c.state = chunkCR
			}
			continue
		}
		done, err = c.step(p[n])
		if err != nil {
			return n, false, err
		}
		n++
		if done {
			return n, true, nil
		}
	}
	return n, false, nil
}

// step takes one byte of framing.
func (c *chunks) step(b byte) (done bool, err error) {
	switch c.state {
	case chunkSize:
		return false, c.stepSize(b)
	case chunkExt:
		if b == '\r' {
			c.state = chunkSizeLF
			return false, nil
		}
		c.extension++
		c.extensions++
		if b == '\n' || b == 0 || c.extension > maxExtension || c.extensions > maxExtensions {
			return false, bad("a chunk extension is not valid")
		}
	case chunkSizeLF:
		if b != '\n' {
			return false, bad("a chunk size ends without CR LF")
		}
		if c.left == 0 {
			c.state, c.lineLen = trailerLine, 0
		} else {
			c.state = chunkBytes
		}
	case chunkCR:
		if b != '\r' {
			return false, bad("a chunk is longer than its size")
		}
		c.state = chunkLF
	case chunkLF:
		if b != '\n' {
			return false, bad("a chunk ends without CR LF")
		}
		c.state, c.digits, c.extension = chunkSize, 0, 0
	case trailerLine:
		if b == '\r' {
			c.state = trailerLF
			return false, nil
		}
		c.lineLen++
		if c.trailer++; b == '\n' || b == 0 || c.trailer > maxTrailer {
			return false, bad("the trailer is not valid")
		}
	case trailerLF:
		if b != '\n' {
			return false, bad("the trailer holds a bare CR")
		}
		if c.lineLen == 0 {
			return true, nil
		}
		c.state, c.lineLen = trailerLine, 0
	}
	return false, nil
}

func (c *chunks) stepSize(b byte) error {
	var d byte
	switch {
	case isDigit(b):
		d = b - '0'
	case b >= 'a' && b <= 'f':
		d = b - 'a' + 10
	case b >= 'A' && b <= 'F':
		d = b - 'A' + 10
	case c.digits > 0 && b == '\r':
		c.state = chunkSizeLF
		return nil
	case c.digits > 0 && b == ';':
		c.state, c.extension = chunkExt, 0
		return nil
	default:
		return bad("a chunk size is not a hexadecimal number")
	}
	if c.digits == 0 {
		c.left = 0
	}
	if c.digits++; c.digits > 16 || c.left > 1<<58 {
		return bad("a chunk size is too large")
	}
	c.left = c.left<<4 | uint64(d)
	return nil
}

// Dechunk returns the content of a whole chunked body, for reading only: the body is passed on as it came.
func Dechunk(body []byte) ([]byte, error) {
	var c chunks
	var out []byte
	for n := 0; n < len(body); {
		if c.state == chunkBytes {
			take := int(min(uint64(len(body)-n), c.left))
			out = append(out, body[n:n+take]...)
			n += take
			if c.left -= uint64(take); c.left == 0 {
				c.state = chunkCR
			}
			continue
		}
		done, err := c.step(body[n])
		if err != nil {
			return nil, err
		}
		if n++; done {
			return out, nil
		}
	}
	return nil, ErrCut
}
