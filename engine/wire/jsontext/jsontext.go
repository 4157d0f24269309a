// Package jsontext writes JSON strings without allocations, for the log and the activity's archive, which write a line
// for each announce. Package linelog's benchmark shows what that saves.
package jsontext

import "encoding/json"

// AppendString appends s in quotes (RFC 8259 §7). Invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil { // never: every string can be encoded
				panic(err)
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}
