package bittorrent

import (
	"net/netip"
	"net/url"
	"strings"
)

// A gateway address is a tracker's address inside one of this program's own, for clients without a proxy:
//
//	https://tracker.example/PASSKEY/announce
//	http://127.0.0.1:8080/announce/https/tracker.example/PASSKEY/announce
//
// Its path begins with "announce" because libtorrent sends no other request to an address on this computer. What
// follows the scheme is copied from the tracker's address, so that it can be restored exactly.
const gatewayWord = "announce"

// ThroughGateway returns the gateway address of a tracker, for a program that listens at addr (host:port as clients
// write it). If the address is a gateway address already, only its addr changes. ok is false, and the address must stay
// as it is, if the gateway cannot serve it: other schemes than http, https and udp, a user name, a udp address without
// a port, a fragment, blanks and control characters.
func ThroughGateway(tracker, addr string) (address string, ok bool) {
	return plainAddress.through(tracker, addr)
}

// FromGateway returns the tracker's address inside a gateway address, byte for byte, whatever the program's own address
// was; ok is false if it is not a gateway address.
func FromGateway(address string) (tracker string, ok bool) { return plainAddress.back(address) }

// spelling is how an address is written: as it is, or with escapes (RFC 3986 §2.1), as in a magnet link.
type spelling bool

const (
	plainAddress   spelling = false
	escapedAddress spelling = true
)

func (e spelling) through(tracker, addr string) (string, bool) {
	if t, ok := e.back(tracker); ok {
		tracker = t
	}
	a, ok := e.cut(tracker)
	if !ok || !e.servable(a.scheme, a.rest) {
		return "", false
	}
	// The separators are escaped as in this address, so that it can be restored exactly.
	if a.colon != ":" {
		addr = strings.NewReplacer(":", a.colon, "[", "%5B", "]", "%5D").Replace(addr)
	}
	return "http" + a.colon + a.slashes + addr + a.slash + gatewayWord + a.slash + a.scheme + a.slash + a.rest, true
}

func (e spelling) back(address string) (string, bool) {
	a, ok := e.cut(address)
	if !ok || a.scheme != "http" {
		return "", false
	}
	part := strings.SplitN(a.rest, a.slash, 4)
	if len(part) < 4 || !isGatewayHost(e.plain(part[0])) || part[1] != gatewayWord || !e.servable(part[2], part[3]) {
		return "", false
	}
	return part[2] + a.colon + a.slashes + part[3], true
}

// cutAddress is an address, cut at its "://". Each of these characters may be escaped.
type cutAddress struct{ scheme, colon, slashes, slash, rest string }

func (e spelling) cut(address string) (a cutAddress, ok bool) {
	i := strings.IndexAny(address, ":%")
	if i < 0 {
		return a, false
	}
	a.scheme, a.rest = address[:i], address[i:]
	if a.colon, a.rest, ok = e.take(a.rest, ':', "%3a"); !ok {
		return a, false
	}
	first, rest, ok := e.take(a.rest, '/', "%2f")
	if !ok {
		return a, false
	}
	if a.slash, a.rest, ok = e.take(rest, '/', "%2f"); !ok {
		return a, false
	}
	a.slashes = first + a.slash
	return a, true
}

// take cuts one character off the front, plain or escaped.
func (e spelling) take(s string, c byte, escaped string) (taken, rest string, ok bool) {
	if s != "" && s[0] == c {
		return s[:1], s[1:], true
	}
	if bool(e) && len(s) >= 3 && strings.EqualFold(s[:3], escaped) {
		return s[:3], s[3:], true
	}
	return "", s, false
}

// plain returns the address with its escapes decoded, or "" if they are not valid.
func (e spelling) plain(s string) string {
	if !e {
		return s
	}
	p, err := url.PathUnescape(s)
	if err != nil {
		return ""
	}
	return p
}

// servable reports whether the gateway can reach a tracker with this scheme and what follows "://".
func (e spelling) servable(scheme, rest string) bool {
	switch strings.ToLower(scheme) {
	case "http", "https", "udp":
	default:
		return false
	}
	rest = e.plain(rest)
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority = rest[:i]
	}
	_, err := NewTrackerURL(scheme, authority, "")
	return err == nil
}

// isGatewayHost reports whether a gateway may listen on the host: gateway addresses have an IP address, never a name.
func isGatewayHost(hostport string) bool {
	_, err := netip.ParseAddrPort(hostport)
	return err == nil || strings.HasPrefix(hostport, "localhost:")
}
