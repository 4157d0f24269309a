package bittorrent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSentence is how much of a stranger's text is shown, in bytes.
const maxSentence = 500

// Sentence returns a tracker's text for people in a form that may be shown and logged: valid UTF-8 of at most 500 bytes
// on one line, without control characters, and with every word that may be a passkey replaced by "…".
func Sentence(b []byte) string { return shorten(maskSecrets(oneLine(b))) }

// Title is [Sentence] for a torrent's name, in which no word is masked.
func Title(b []byte) string { return shorten(oneLine(b)) }

// oneLine makes a stranger's text valid UTF-8, and drops what could move a terminal's cursor, change the direction of
// text, or begin a line in a log.
func oneLine(s []byte) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(s), "\uFFFD"))
	return strings.Join(strings.Fields(clean), " ")
}

// maskSecrets hides what may be a passkey, because some trackers repeat a wrong one in their refusal.
func maskSecrets(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		n, digits := 0, false
		for n < len(s) && isWord(s[n]) {
			digits = digits || s[n] <= '9'
			n++
		}
		switch {
		case n == 0:
			out.WriteByte(s[0])
			n = 1
		case n >= secretLength && digits:
			out.WriteString("…")
		default:
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
	return out.String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// shorten cuts a text between two characters.
func shorten(s string) string {
	if len(s) <= maxSentence {
		return s
	}
	end := maxSentence - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
