package httphead

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
)

// Source reads messages from a connection: heads whole, bodies as they arrive. It keeps all that it reads, so what
// follows a message is still there for the next.
type Source struct {
	r          io.Reader
	buf        []byte
	start, end int
}

// firstBuffer holds a usual announce and its answer; heads up to MaxHead make it grow.
const firstBuffer = 4 << 10

// NewSource reads from r. buf, if not nil, is the first buffer.
func NewSource(r io.Reader, buf []byte) *Source {
	if len(buf) == 0 {
		buf = make([]byte, firstBuffer)
	}
	return &Source{r: r, buf: buf}
}

// Reset makes the source read another connection, with nothing buffered. A buffer that grew is released.
func (s *Source) Reset(r io.Reader) {
	if len(s.buf) > firstBuffer {
		s.buf = make([]byte, firstBuffer)
	}
	s.r, s.start, s.end = r, 0, 0
}

// longBuffer is the room for a long body: with firstBuffer, a download takes several times as much processor time.
const longBuffer = 64 << 10

// Widen makes room for a long body, and Narrow releases it. They do nothing while bytes are buffered.
func (s *Source) Widen() { s.resize(longBuffer) }

// Narrow releases the room that Widen made.
func (s *Source) Narrow() { s.resize(firstBuffer) }

func (s *Source) resize(size int) {
	if s.start == s.end && len(s.buf) != size {
		s.buf, s.start, s.end = make([]byte, size), 0, 0
	}
}

// Head returns the next whole head, including its blank line, valid until the source is used again. One empty line
// before it is skipped (RFC 9112 §2.2). io.EOF means that nothing came; [ErrCut] that the connection ended within a
// head; an *[Error] that it has more than limit bytes, which is [MaxHead] or [MaxAnswerHead].
func (s *Source) Head(limit int) ([]byte, error) {
	seen := 0 // bytes of the head already searched for its end
	skipped := false
	for {
		w := s.buf[s.start:s.end]
		if !skipped && len(w) >= 2 && w[0] == '\r' && w[1] == '\n' {
			s.start += 2
			seen, skipped = 0, true
			continue
		}
		if i := headEnd(w, seen); i > 0 {
			if i > limit {
				return nil, tooLarge(limit)
			}
			s.start += i
			return w[:i:i], nil
		}
		if len(w) >= limit {
			return nil, tooLarge(limit)
		}
		seen = len(w)
		if err := s.fill(); err != nil {
			if err == io.EOF && s.start != s.end {
				err = ErrCut
			}
			return nil, err
		}
	}
}

func tooLarge(limit int) error {
	return &Error{431, fmt.Sprintf("the head is larger than %d KiB", limit>>10)}
}

// headEnd returns the length of a head whose end may begin up to 3 bytes before from; 0 if there is none yet. A blank line
// made of a bare LF ends it too, so that a malformed head is refused at once instead of waited for.
func headEnd(w []byte, from int) int {
	from = max(0, from-3)
	for {
		i := bytes.IndexByte(w[from:], '\n')
		if i < 0 {
			return 0
		}
		from += i + 1
		switch rest := w[from:]; {
		case len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n':
			return from + 2
		case len(rest) >= 1 && rest[0] == '\n':
			return from + 1
		}
	}
}

// Buffered returns the bytes that were read and not yet taken; for tunnels, which follow a head without framing.
func (s *Source) Buffered() []byte { return s.buf[s.start:s.end] }

// Waiting reports whether bytes of a next message are here already.
func (s *Source) Waiting() bool { return s.start < s.end }

// Skip consumes the first n buffered bytes.
func (s *Source) Skip(n int) { s.start += n }

// Begin waits for the first byte of the next message.
func (s *Source) Begin() error {
	if s.Waiting() {
		return nil
	}
	// When the others have had their turns, the message is often there: without this, the load program's kept/32 takes 4 %
	// more processor time.
	runtime.Gosched()
	return s.fill()
}

// More reads once, after the buffered bytes, to recognise the protocol.
func (s *Source) More() error { return s.fill() }

// fill reads once, making room first.
func (s *Source) fill() error {
	if s.start == s.end {
		s.start, s.end = 0, 0
	}
	if s.end == len(s.buf) {
		if s.start > 0 {
			s.end = copy(s.buf, s.buf[s.start:s.end])
			s.start = 0
		} else {
			s.buf = append(s.buf, make([]byte, len(s.buf))...)
		}
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}
