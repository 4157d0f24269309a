package bencode

import (
	"bytes"
	"iter"
)

// Span is where a value is among bytes: from Start up to End.
type Span struct{ Start, End int }

// Of returns the bytes of the value.
func (s Span) Of(b []byte) RawMessage { return b[s.Start:s.End] }

// Entries yields the keys and values of the dictionary at d, in its order, repeated keys included. b must have passed
// [Check]. Any other value has no entries.
func Entries(b []byte, d Span) iter.Seq2[[]byte, Span] {
	return func(yield func([]byte, Span) bool) {
		if b[d.Start] != 'd' {
			return
		}
		for at := d.Start + 1; at < d.End-1; {
			key := Span{at, end(b, at)}
			value := Span{key.End, end(b, key.End)}
			text, _ := Text(key.Of(b))
			if at = value.End; !yield(text, value) {
				return
			}
		}
	}
}

// Elements yields the values of the list at l. b must have passed [Check]. Any other value has no elements.
func Elements(b []byte, l Span) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		if b[l.Start] != 'l' {
			return
		}
		for at := l.Start + 1; at < l.End-1; {
			value := Span{at, end(b, at)}
			if at = value.End; !yield(value) {
				return
			}
		}
	}
}

// end returns the end of the value that begins at a byte. b must have passed Check.
func end(b []byte, at int) int {
	for depth := 0; ; {
		switch c := b[at]; c {
		case 'l', 'd':
			depth++
			at++
		case 'e':
			depth--
			at++
		case 'i':
			at += bytes.IndexByte(b[at:], 'e') + 1
		default:
			n := 0
			for ; b[at] != ':'; at++ {
				n = n*10 + int(b[at]-'0')
			}
			at += 1 + n
		}
		if depth == 0 {
			return at
		}
	}
}
