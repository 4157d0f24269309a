package names

import (
	"strings"
	"unicode"
)

// nameLength is the most characters of a name.
const nameLength = 240

// marksKept is the most combining marks on one letter: no script needs more, and a pile of them would cover the lines
// above.
const marksKept = 3

// Clean returns a name that is safe in a line of a window: valid UTF-8 of at most 240 characters, without control
// characters and without invisible ones that change the direction of text, and with single blanks.
func Clean(name string) string {
	var b strings.Builder
	length, marks, blank := 0, 0, false
	for _, r := range name {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
			blank = length > 0
			continue
		case !unicode.IsPrint(r): // Cc, Cf (bidi, zero width), Cs, Co, Cn
			continue
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > marksKept || marks > 0 && length == 0 {
			continue
		}
		if length++; length > nameLength {
			b.WriteRune('…')
			return b.String()
		}
		if blank {
			b.WriteByte(' ')
			length++
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
