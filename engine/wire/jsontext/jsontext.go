// Package jsontext writes JSON's strings without garbage, for the log and the activity's archive, which write a line for
// each announce. Package linelog's benchmark shows what that saves.
package jsontext

import "encoding/json"

// AppendString appends s in quotes (RFC 8259 §7). What is not valid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string always survives JSON
				panic(err)
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}
