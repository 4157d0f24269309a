package bittorrent

import "strings"

// Redirected returns where a Location value redirects an announce that went to u, and the target of the new request,
// with its query. Location is a URI reference (RFC 9110 §10.2.2) and is resolved against u (RFC 3986 §5.2). ok is false
// if the result is neither http nor https, or is the same address. A fragment is dropped. This program does not follow
// every redirect itself: see [TrackerURL.Exposes].
func (u TrackerURL) Redirected(location string) (to TrackerURL, target string, ok bool) {
	location, _, _ = strings.Cut(strings.TrimSpace(location), "#")
	if location == "" || u.scheme != "http" && u.scheme != "https" {
		return to, "", false
	}
	for i := range len(location) {
		if location[i] <= ' ' || location[i] == 0x7f {
			return to, "", false
		}
	}
	scheme, rest := u.scheme, location
	if named := schemeOf(location); named != "" {
		scheme, rest = strings.ToLower(named), location[len(named)+1:]
		if scheme != "http" && scheme != "https" || !strings.HasPrefix(rest, "//") {
			return to, "", false
		}
	}
	authority := u.Address()
	rest, query, asks := strings.Cut(rest, "?")
	switch path, other := strings.CutPrefix(rest, "//"); {
	case other:
		end := strings.IndexByte(path+"/", '/')
		authority, rest = path[:end], path[end:]
	case rest == "":
		rest = u.path
	case rest[0] != '/':
		rest = u.path[:strings.LastIndexByte(u.path, '/')+1] + rest
	}
	path := withoutDots(rest)
	if target = path; asks {
		target += "?" + query
	}
	to, err := NewTrackerURL(scheme, authority, path)
	return to, target, err == nil
}

// Exposes reports whether a redirect leads from https to http, where others could read the passkey on the way. A client
// may follow it; this program does not.
func (u TrackerURL) Exposes(to TrackerURL) bool { return u.scheme == "https" && to.scheme == "http" }

// schemeOf returns the scheme at the start of a reference (RFC 3986 §3.1), or "" if it has none.
func schemeOf(reference string) string {
	colon := strings.IndexByte(reference, ':')
	if colon < 0 || strings.ContainsAny(reference[:colon], "/?") {
		return ""
	}
	return reference[:colon]
}

// withoutDots returns a path from the root without its segments "." and ".." (RFC 3986 §5.2.4).
func withoutDots(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		case s != "." && s != "..":
			kept = append(kept, s)
			continue
		}
		if last {
			kept = append(kept, "") // the folder itself
		}
	}
	return "/" + strings.Join(kept, "/")
}
