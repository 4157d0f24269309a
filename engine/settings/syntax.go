package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// SyntaxError means that settings.json is not JSON, as after a mistake in an editor. What the user wanted is unknown,
// so no other settings may replace it.
type SyntaxError struct {
	File         string // path of the file, if the reader knew it
	Line, Column int    // of the first error, from 1; the column counts characters
	Slip         Slip
	Reason       string // lower-case English
}

// Slip is the user's probable mistake.
type Slip uint8

// The mistakes.
const (
	SlipOther    Slip = iota // anything else that is not JSON
	SlipEmpty                // the file is empty
	SlipEncoding             // the file is in UTF-16
	SlipComment
	SlipComma  // a comma before a closing bracket
	SlipUnshut // a quote, a bracket or a brace is not closed
)

func (e *SyntaxError) Error() string {
	file := e.File
	if file == "" {
		file = "settings.json"
	}
	return fmt.Sprintf("read %s: line %d, column %d: %s", file, e.Line, e.Column, e.Reason)
}

// bom is the byte order mark that some editors put before UTF-8 text. It has no meaning.
var bom = []byte("\ufeff")

// utf16 reports whether a text is JSON in UTF-16, as some editors save it: with its byte order mark, or with a zero in
// every other byte.
func utf16(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}) ||
		len(b) >= 2 && (b[0] == 0) != (b[1] == 0)
}

// syntaxError returns where a text stops being JSON, and the probable mistake.
func syntaxError(b []byte, err *json.SyntaxError) *SyntaxError {
	at := int(min(max(err.Offset-1, 0), int64(len(b)))) // Offset includes the wrong character
	slip, reason := SlipOther, err.Error()
	switch rest := bytes.TrimSpace(b); {
	case len(rest) == 0:
		at, slip, reason = 0, SlipEmpty, "the file is empty"
	case err.Error() == "unexpected end of JSON input":
		at, slip, reason = len(b), SlipUnshut, "the file ends too early: a quote, a bracket or a brace is not closed"
	case at < len(b) && (b[at] == '/' || b[at] == '#'):
		slip, reason = SlipComment, "a comment is not allowed here"
	case at < len(b) && (b[at] == '}' || b[at] == ']') && lastByte(b[:at]) == ',':
		slip, reason = SlipComma, "there is a comma in front of the closing bracket"
	}
	before := b[:at]
	line := 1 + bytes.Count(before, []byte("\n"))
	begin := bytes.LastIndexByte(before, '\n') + 1
	return &SyntaxError{Line: line, Column: 1 + utf8.RuneCount(before[begin:]), Slip: slip, Reason: reason}
}

// lastByte returns the last byte that is not blank; 0 if there is none.
func lastByte(b []byte) byte {
	if b = bytes.TrimSpace(b); len(b) > 0 {
		return b[len(b)-1]
	}
	return 0
}
