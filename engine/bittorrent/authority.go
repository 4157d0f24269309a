package bittorrent

import "strings"

// Authority returns host[:port] from what a user may have copied: a tracker's whole address, a gateway address, an
// address without its scheme, or only the host. scheme is in lower case, empty if there is none. A user name is left
// out. The result need not be a valid host.
func Authority(typed string) (scheme, authority string) {
	typed = strings.TrimSpace(typed)
	if tracker, ok := FromGateway(typed); ok {
		typed = tracker
	}
	rest := typed
	if s, r, ok := strings.Cut(typed, "://"); ok {
		scheme, rest = strings.ToLower(s), r
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	return scheme, rest[strings.LastIndexByte(rest, '@')+1:]
}
