package bittorrent

import "strings"

// Redirected is where a Location value (RFC 9110 §10.2.2) sends an announce that went to u, and the target to ask for
// there, query included. Only http and https addresses and paths from the root are followed, and never from https to
// http, where the passkey would be readable on the way; ok is false for all else, and a fragment is dropped.
func (u TrackerURL) Redirected(location string) (to TrackerURL, target string, ok bool) {
	location, _, _ = strings.Cut(strings.TrimSpace(location), "#")
	rest, absolute, scheme := location, false, u.scheme
	if len(location) >= 7 && strings.EqualFold(location[:7], "http://") && u.scheme == "http" {
		rest, absolute = location[7:], true
	} else if len(location) >= 8 && strings.EqualFold(location[:8], "https://") {
		rest, absolute, scheme = location[8:], true, "https"
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
	to, err := NewTrackerURL(scheme, authority, path)
	return to, target, err == nil && (u.scheme == "http" || u.scheme == "https")
}
