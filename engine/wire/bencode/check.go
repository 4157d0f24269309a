package bencode

import (
	"fmt"
	"math"
)

// Limits bound what one value may cost. Every field must be above zero: a forgotten limit refuses everything.
type Limits struct {
	Size     int // bytes of the whole input, including what follows the value
	Depth    int // lists and dictionaries inside each other; a list in a dictionary is 2
	Elements int // strings, integers, lists, dictionaries and keys, all counted
}

// Error is why an input was refused, and at which byte.
type Error struct {
	Offset int
	Reason string
	Limit  bool // the input may be valid, but exceeds the limits
}

func (e *Error) Error() string { return fmt.Sprintf("bencode: %s at byte %d", e.Reason, e.Offset) }

// Check reads the value at the beginning of b and returns its length in bytes. It reads each byte once and stores none.
// Keys may be in any order and repeated: BEP 3 forbids it, but real trackers send it. The error is an *[Error].
func Check(b []byte, l Limits) (n int, err error) {
	s := scanner{b: b, limits: l, open: make([]frame, 0, 8)}
	if len(b) > l.Size {
		return 0, s.over("input is too long")
	}
	for first := true; first || len(s.open) > 0; first = false {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	return s.at, nil
}

// frame is a list or dictionary that has begun but not ended.
type frame struct {
	dict  bool
	value bool // a key has been read, its value comes next
}

type scanner struct {
	b        []byte
	at       int
	limits   Limits
	elements int
	open     []frame
}

func (s *scanner) bad(reason string) error { return &Error{Offset: s.at, Reason: reason} }

func (s *scanner) over(reason string) error {
	return &Error{Offset: s.at, Reason: reason, Limit: true}
}

// next reads one string, one integer, or the beginning or end of a list or dictionary.
func (s *scanner) next() error {
	if s.at >= len(s.b) {
		return s.bad("input ends early")
	}
	c := s.b[s.at]
	top := len(s.open) - 1
	if c == 'e' && top >= 0 {
		return s.end()
	}
	if s.elements++; s.elements > s.limits.Elements {
		return s.over("too many elements")
	}
	if top >= 0 && s.open[top].dict {
		f := &s.open[top]
		f.value = !f.value
		if f.value {
			if c < '0' || c > '9' {
				return s.bad("key is not a string")
			}
			return s.text()
		}
	}
	switch {
	case c >= '0' && c <= '9':
		return s.text()
	case c == 'i':
		return s.integer()
	case c == 'l' || c == 'd':
		if len(s.open) >= s.limits.Depth {
			return s.over("too deep")
		}
		s.at++
		s.open = append(s.open, frame{dict: c == 'd'})
		return nil
	}
	return s.bad("no value begins with this byte")
}

func (s *scanner) end() error {
	if s.open[len(s.open)-1].value {
		return s.bad("key has no value")
	}
	s.at++
	s.open = s.open[:len(s.open)-1]
	return nil
}

// text reads a string whose first byte is known to be a digit.
func (s *scanner) text() error {
	n, i := 0, s.at
	for ; i < len(s.b) && s.b[i] >= '0' && s.b[i] <= '9'; i++ {
		// No string is longer than the input, so n cannot overflow.
		if n = n*10 + int(s.b[i]-'0'); n > len(s.b) {
			return s.bad("string is longer than the input")
		}
	}
	switch {
	case i >= len(s.b):
		return s.bad("input ends early")
	case s.b[i] != ':':
		return s.bad("string length is not a number")
	case s.b[s.at] == '0' && i > s.at+1:
		return s.bad("string length has a leading zero")
	case n > len(s.b)-i-1:
		return s.bad("string is longer than the input")
	}
	s.at = i + 1 + n
	return nil
}

// integer reads i…e: a signed 64-bit number in the only form that BEP 3 allows.
func (s *scanner) integer() error {
	i := s.at + 1
	limit := uint64(math.MaxInt64)
	if i < len(s.b) && s.b[i] == '-' {
		i++
		limit++
	}
	start, n := i, uint64(0)
	for ; i < len(s.b) && s.b[i] >= '0' && s.b[i] <= '9'; i++ {
		d := uint64(s.b[i] - '0')
		if n > (limit-d)/10 {
			return s.bad("integer has more than 64 bits")
		}
		n = n*10 + d
	}
	switch {
	case i >= len(s.b):
		return s.bad("input ends early")
	case s.b[i] != 'e' || i == start:
		return s.bad("integer is not a number")
	case s.b[start] == '0' && i > start+1:
		return s.bad("integer has a leading zero")
	case n == 0 && start == s.at+2:
		return s.bad("integer is minus zero")
	}
	s.at = i + 1
	return nil
}
