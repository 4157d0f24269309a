package jsontext

import (
	"encoding/json"
	"testing"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "t.example:8080", `a "quoted"\`, "\t\r\n\x00\x1b\x7f", "é € 😀 \u2028", "\xff\xfe", "<b>&</b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := AppendString([]byte("x"), s)
		var got string
		if err := json.Unmarshal(b[1:], &got); err != nil || b[0] != 'x' || got != string([]rune(s)) { // U+FFFD for each invalid byte
			t.Errorf("%q became %s, read as %q: %v", s, b[1:], got, err)
		}
	})
}
