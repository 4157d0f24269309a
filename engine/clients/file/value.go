package file

import (
	"os"
	"strconv"
	"strings"

	"bittoratio/engine/clients"
)

// Value returns a setting's value in a file, without the quotes of JSON; ok is false if the setting is missing, or the
// file cannot be read.
func Value(f File, format string, s clients.Setting) (value string, ok bool) {
	text, err := os.ReadFile(f.Path)
	if err != nil || len(text) > maxFile {
		return "", false
	}
	now, err := edit(format, text)
	if err != nil {
		return "", false
	}
	value, ok = now.get(s)
	if plain, err := strconv.Unquote(value); err == nil {
		value = plain
	}
	return number(value), ok
}

// number returns the number in @Variant(...), Qt's form for 16 bits, such as qBittorrent's port. It returns any other
// value as it is.
func number(value string) string {
	const head = `@Variant(\0\0\0\x85`
	text, ok := strings.CutPrefix(value, head)
	if !ok || !strings.HasSuffix(text, ")") {
		return value
	}
	var bytes []byte
	for text = strings.TrimSuffix(text, ")"); text != ""; {
		b, rest, ok := unescape(text)
		if !ok {
			return value
		}
		bytes, text = append(bytes, b), rest
	}
	if len(bytes) != 2 {
		return value
	}
	return strconv.Itoa(int(bytes[0])<<8 | int(bytes[1]))
}

// unescape reads one byte in the form in which Qt writes it in a settings file.
func unescape(text string) (b byte, rest string, ok bool) {
	if text[0] != '\\' {
		return text[0], text[1:], text[0] < 0x80
	}
	if len(text) < 2 {
		return 0, "", false
	}
	if at := strings.IndexByte("0abfnrtv\"\\", text[1]); at >= 0 {
		return "\x00\a\b\f\n\r\t\v\"\\"[at], text[2:], true
	}
	digits := text[2:]
	n := 0
	for n < len(digits) && n < 2 && strings.IndexByte("0123456789abcdefABCDEF", digits[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(digits[:n], 16, 8)
	return byte(v), digits[n:], err == nil && text[1] == 'x'
}
