package swarmview

// ErrorKind is why something cannot be done.
type ErrorKind uint8

// The kinds.
const (
	Off          ErrorKind = iota // the user has the swarm off, or its sockets cannot be opened
	NotALink                      // the text names no torrent
	Unreadable                    // the file cannot be read
	LooksPrivate                  // the user must be asked first
	Private                       // it is private and must not be looked up
	Gone                          // the search does not exist
	NotKnown                      // the description is not known yet
	NoLayers                      // a .torrent would lack hashes that it needs
	Exists                        // another file has this name
	NoGateway                     // none of its trackers can lead through the gateway
	Disk                          // the file cannot be written
)

var errorWords = [...]string{
	"the swarm is off", "this is neither a magnet link nor the hash of a torrent", "the file cannot be read", "this looks private",
	"a private torrent is not looked for", "there is no such search", "the description is not here", "no peer gave the hashes of its pieces",
	"another file has this name", "no tracker of it can be led through the gateway", "the file cannot be written",
}

// Error is why a request of the user cannot be done.
type Error struct {
	Kind   ErrorKind
	Detail string // the system's error; may be empty
}

// Error returns a text for logs; the window has its own.
func (e *Error) Error() string {
	if e.Detail != "" {
		return errorWords[e.Kind] + ": " + e.Detail
	}
	return errorWords[e.Kind]
}

// Is reports whether other is of the same kind.
func (e *Error) Is(other error) bool {
	o, ok := other.(*Error)
	return ok && o.Kind == e.Kind
}
