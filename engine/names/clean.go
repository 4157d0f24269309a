package names

import (
	"strings"
	"unicode"
)

// nameLength is how many characters of a name are kept.
const nameLength = 240

// marksKept is how many combining marks may be on one letter: no script needs more, and a tower of them covers the
// lines above.
const marksKept = 3

// Clean returns a name as it may be in a line of a window: valid UTF-8 of at most 240 characters, without control
// characters and without the invisible ones that turn the direction of what follows; blanks are single.
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
