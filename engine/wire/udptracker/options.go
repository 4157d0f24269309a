package udptracker

// The options of BEP 41. All except the first two are followed by a length.
const (
	endOfOptions = 0
	noOperation  = 1
	urlData      = 2
)

// AppendPath appends the options that give the tracker the path and the query of its address ("/announce?x=y"), as the
// tail of an announce.
func AppendPath(dst []byte, pathAndQuery string) []byte {
	for len(pathAndQuery) > 0 {
		n := min(len(pathAndQuery), 255)
		dst = append(append(dst, urlData, byte(n)), pathAndQuery[:n]...)
		pathAndQuery = pathAndQuery[n:]
	}
	return dst
}

// Path returns the path and query in the tail of an announce; empty if there is none, or the tail is not made of options.
// It may hold a passkey.
func Path(tail []byte) string {
	pathAndQuery, _ := readPath(tail)
	return pathAndQuery
}

// readPath is [Path]; whole is false if the tail does not consist of options.
func readPath(tail []byte) (pathAndQuery string, whole bool) {
	for len(tail) > 0 {
		kind := tail[0]
		if tail = tail[1:]; kind == noOperation {
			continue
		}
		if kind == endOfOptions {
			return pathAndQuery, true
		}
		if len(tail) == 0 || len(tail) <= int(tail[0]) {
			return "", false
		}
		n := int(tail[0])
		if kind == urlData {
			pathAndQuery += string(tail[1 : 1+n])
		}
		tail = tail[1+n:]
	}
	return pathAndQuery, true
}
