package httphead

import (
	"bytes"
	"errors"
	"fmt"
)

// Limits of a head; real announces have 350 to 500 bytes in their request line and up to 10 lines.
const (
	MaxHead = 32 << 10 // bytes, blank line included
	MaxLine = 16 << 10 // bytes of the request line
	MaxRows = 100      // header lines

	// Answers carry many cookies and policies; curl accepts 300 KiB of them.
	MaxAnswerHead = 256 << 10
	MaxAnswerRows = 2000
)

// Error is why a head is refused. Status is what a server answers to it (RFC 9110 §15): 400, 414, 431, 501 or 505.
// Reason is plain text that holds no input.
type Error struct {
	Status int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Status, e.Reason) }

func bad(reason string) error { return &Error{400, reason} }

// ErrCut is a message whose connection ended before the message did.
var ErrCut = errors.New("the connection ended in the middle of a message")

// Field is one header line: its name, its value without blanks around it, and the whole line with its end.
type Field struct{ Name, Value, Line Span }

// head is what requests and responses share.
type head struct {
	Raw    []byte
	Fields []Field
	minor  int // of HTTP/1.minor
}

// Minor returns the minor version: 0 or 1.
func (h *head) Minor() int { return h.minor }

// Get returns the first value of a header, and whether there is one. name is compared without case.
func (h *head) Get(name string) ([]byte, bool) {
	for _, f := range h.Fields {
		if equalFold(f.Name.Of(h.Raw), name) {
			return f.Value.Of(h.Raw), true
		}
	}
	return nil, false
}

// lists reports whether a comma-separated header names the token, without case.
func (h *head) lists(name, token string) bool {
	for _, f := range h.Fields {
		if !equalFold(f.Name.Of(h.Raw), name) {
			continue
		}
		for word := range bytes.SplitSeq(f.Value.Of(h.Raw), []byte(",")) {
			if equalFold(trim(word), token) {
				return true
			}
		}
	}
	return false
}

// parseFields reads the header lines from offset at up to the blank line. strict refuses every control character in a
// value, as a server must; a client must accept all but those that end lines.
func (h *head) parseFields(at int, strict bool) error {
	h.Fields = h.Fields[:0]
	raw := h.Raw
	for {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			return bad("the head does not end")
		}
		end += at
		if end == at || raw[end-1] != '\r' {
			return bad("a line ends without CR LF")
		}
		line := raw[at : end-1]
		if len(line) == 0 {
			if end+1 != len(raw) {
				return bad("the head goes on after its blank line")
			}
			return nil
		}
		if strict && len(h.Fields) == MaxRows {
			return &Error{431, "the head has more than 100 lines"}
		}
		if len(h.Fields) == MaxAnswerRows {
			return &Error{431, "the head has more than 2000 lines"}
		}
		if line[0] == ' ' || line[0] == '\t' {
			return bad("a header line begins with a blank")
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !isToken(line[:colon]) {
			return bad("a header line has no valid name")
		}
		if !validValue(line[colon+1:], strict) {
			return bad("a header value holds a control character")
		}
		vs, ve := at+colon+1, end-1
		for vs < ve && isBlank(raw[vs]) {
			vs++
		}
		for ve > vs && isBlank(raw[ve-1]) {
			ve--
		}
		h.Fields = append(h.Fields, Field{Name: Span{at, at + colon}, Value: Span{vs, ve}, Line: Span{at, end + 1}})
		at = end + 1
	}
}

// parseVersion reads exactly HTTP/1.0 or HTTP/1.1.
func (h *head) parseVersion(v []byte) error {
	switch string(v) {
	case "HTTP/1.1":
		h.minor = 1
	case "HTTP/1.0":
		h.minor = 0
	default:
		if len(v) == 8 && bytes.HasPrefix(v, []byte("HTTP/")) && isDigit(v[5]) && v[6] == '.' && isDigit(v[7]) {
			return &Error{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"}
		}
		return bad("the HTTP version is not valid")
	}
	return nil
}

func validValue(v []byte, strict bool) bool {
	for _, c := range v {
		if c >= 0x20 && c != 0x7f || c == '\t' {
			continue
		}
		if strict || c == 0 || c == '\r' {
			return false
		}
	}
	return true
}

// tokens marks the characters of a token (RFC 9110 §5.6.2).
var tokens = func() (t [256]bool) {
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-32] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()

func isToken(b []byte) bool {
	for _, c := range b {
		if !tokens[c] {
			return false
		}
	}
	return len(b) > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// equalFold reports whether b is a word without regard to case; lower is that word in lower-case ASCII.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 32
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
