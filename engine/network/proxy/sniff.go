package proxy

// door is what a client speaks.
type door uint8

const (
	doorUnknown door = iota
	doorHTTP         // a method: forward proxy, CONNECT
)

// doorOf is the whole decision table: the first byte of a connection tells what is spoken on it.
func doorOf(first byte) door {
	switch {
	case first >= 'A' && first <= 'Z', first >= 'a' && first <= 'z':
		return doorHTTP
	case first == '\r': // an empty line before a request (RFC 9112 §2.2)
		return doorHTTP
	}
	return doorUnknown
}
