package bittorrent

import (
	"net/url"
	"strings"
)

// splitTracker splits a tracker's address.
func splitTracker(address string) (u TrackerURL, path, query string, err error) {
	scheme, rest, _ := strings.Cut(address, "://")
	rest, query, _ = strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	u, err = NewTrackerURL(scheme, authority, path)
	return u, path, query, err
}

// ShownTracker returns a tracker's address for people, without anything that may be a key.
func ShownTracker(address string) string {
	u, _, _, err := splitTracker(address)
	if err != nil {
		return "…"
	}
	return u.String()
}

// shortestKey is the shortest part of a path that may be a key if it has digits and letters.
const shortestKey = 8

// LooksKeyed reports whether a tracker's address seems to contain a key of its user: any query, a long part of the
// path, a part that mixes letters and digits, or such a label of its host. In doubt it returns true, also for an
// address that cannot be read.
func LooksKeyed(address string) bool {
	u, path, query, err := splitTracker(address)
	if err != nil || query != "" || u.shown != u.host && strings.Contains(u.shown, "…") {
		return true
	}
	for part := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		letters := strings.ContainsFunc(part, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' })
		digits := strings.ContainsAny(part, "0123456789")
		if len(part) >= secretLength || len(part) >= shortestKey && digits && (letters || len(part) > shortestKey) {
			return true
		}
	}
	return false
}
