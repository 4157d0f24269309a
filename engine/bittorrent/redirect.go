package bittorrent

import "strings"

// Redirected is where a Location value (RFC 9110 §10.2.2) sends an announce that went to u, and the target to ask for
// there, query included. Only http addresses and paths from the root are followed; ok is false for all else, and a
// fragment is dropped.
func (u TrackerURL) Redirected(location string) (to TrackerURL, target string, ok bool) {
	location, _, _ = strings.Cut(strings.TrimSpace(location), "#")
	rest, absolute := location, false
	if len(location) >= 7 && strings.EqualFold(location[:7], "http://") {
		rest, absolute = location[7:], true
	} else if !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
		return to, "", false
	}
	for i := range len(rest) {
		if rest[i] <= ' ' || rest[i] == 0x7f {
			return to, "", false
		}
	}
	authority, target := u.Address(), rest
	if absolute {
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		if authority, target = rest[:end], rest[end:]; !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	path, _, _ := strings.Cut(target, "?")
	to, err := NewTrackerURL("http", authority, path)
	return to, target, err == nil && u.scheme == "http"
}
