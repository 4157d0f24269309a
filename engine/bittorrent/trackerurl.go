package bittorrent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// TrackerURL is where announces go: scheme, authority and path, without the query. It may contain a passkey, so every
// way to print it is masked; only [TrackerURL.Secret] returns it whole.
type TrackerURL struct {
	scheme string // http, https, udp; or ws and wss, which are only shown; lower case
	host   string // name or address, lower case, without brackets
	port   uint16
	path   string // starts with /, or is empty (udp)

	// Computed once from the fields above, since every announce needs them.
	id                        TrackerID
	shown, healthKey, address string
}

// defaultPort returns a scheme's own port; 0 if it has none.
func defaultPort(scheme string) uint16 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	}
	return 0
}

// NewTrackerURL returns the TrackerURL of a target's parts; authority is host or host:port, path ends before the query.
// A user name in the authority is an error: it would be a secret that is passed to nobody.
func NewTrackerURL(scheme, authority, path string) (TrackerURL, error) {
	u := TrackerURL{scheme: strings.ToLower(scheme), path: path}
	if authority == "" || strings.ContainsAny(authority, "@/\\?# \t") {
		return TrackerURL{}, fmt.Errorf("authority is empty or holds a character that no host has")
	}
	host, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 || (end+1 < len(authority) && authority[end+1] != ':') {
			return TrackerURL{}, fmt.Errorf("address in brackets does not end")
		}
		host, port = authority[1:end], strings.TrimPrefix(authority[end+1:], ":")
	} else if i := strings.IndexByte(authority, ':'); i >= 0 {
		host, port = authority[:i], authority[i+1:]
		if strings.IndexByte(port, ':') >= 0 {
			return TrackerURL{}, fmt.Errorf("authority has two colons")
		}
	}
	if host == "" {
		return TrackerURL{}, fmt.Errorf("authority has no host")
	}
	u.host = strings.ToLower(host)
	u.port = defaultPort(u.scheme)
	if port != "" {
		p, err := strconv.ParseUint(port, 10, 16)
		if err != nil || p == 0 {
			return TrackerURL{}, fmt.Errorf("port is not a number from 1 to 65535")
		}
		u.port = uint16(p)
	}
	if u.port == 0 {
		return TrackerURL{}, fmt.Errorf("%s needs a port", u.scheme)
	}
	var room [256]byte // no allocation for a usual address, since every announce needs one
	sum := sha256.Sum256(u.appendSecret(room[:0]))
	u.id = TrackerID(sum[:16])
	port = ":" + strconv.Itoa(int(u.port))
	u.address = string(appendHost(nil, u.host)) + port
	if u.shown = string(appendHost(nil, maskLabels(u.host))); u.port != defaultPort(u.scheme) {
		u.shown += port
	}
	u.healthKey = HealthKey(u.scheme, u.shown)
	return u, nil
}

// Scheme returns http, https or udp.
func (u TrackerURL) Scheme() string { return u.scheme }

// Hostname returns only the name or address, without port and brackets. It is not masked: never print it.
func (u TrackerURL) Hostname() string { return u.host }

// Address returns host:port, as a dialler expects it. It is not masked: never print it.
func (u TrackerURL) Address() string { return u.address }

// Authority returns host[:port], as in a Host line (RFC 9110 §7.2). It is not masked: never print it.
func (u TrackerURL) Authority() string {
	return strings.TrimSuffix(u.address, ":"+strconv.Itoa(int(defaultPort(u.scheme))))
}

// appendHost appends a name, or an address in the form before a port: IPv6 in brackets (RFC 3986 §3.2.2).
func appendHost(dst []byte, host string) []byte {
	if strings.IndexByte(host, ':') < 0 {
		return append(dst, host...)
	}
	return append(append(append(dst, '['), host...), ']')
}

// Host returns host[:port] for people and logs. It leaves out the scheme's usual port, and replaces a label that looks
// like a passkey by "…".
func (u TrackerURL) Host() string { return u.shown }

// HealthKey returns the key under which it is recorded whether the tracker answers: see the function [HealthKey].
func (u TrackerURL) HealthKey() string { return u.healthKey }

// HealthKey returns a key for a tracker and the protocol over which it is reached: a host may answer over http and be
// silent over udp. host is the result of [TrackerURL.Host]: hosts that differ only by a passkey are one tracker.
func HealthKey(scheme, host string) string {
	if scheme == "" || scheme == "http" {
		return host
	}
	return scheme + " " + host
}

// String returns the address without everything that may be a passkey; of the path it has only the last segment.
func (u TrackerURL) String() string {
	if u.host == "" {
		return ""
	}
	path := u.path
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		path = "/…" + maskSegment(path[i:])
	} else {
		path = maskSegment(path)
	}
	return u.scheme + "://" + u.Host() + path
}

// LogValue keeps passkeys out of structured logs too.
func (u TrackerURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// GoString keeps passkeys out of %#v.
func (u TrackerURL) GoString() string { return u.String() }

// Secret returns the whole address with its passkey, without a query. It is only for the wire and the data folder.
func (u TrackerURL) Secret() string { return string(u.appendSecret(nil)) }

func (u TrackerURL) appendSecret(dst []byte) []byte {
	dst = append(append(dst, u.scheme...), "://"...)
	dst = appendHost(dst, u.host)
	if u.port != defaultPort(u.scheme) {
		dst = strconv.AppendUint(append(dst, ':'), uint64(u.port), 10)
	}
	return append(dst, u.path...)
}

// TrackerID identifies a tracker's address without revealing its passkey: the first 16 bytes of its SHA-256.
type TrackerID [16]byte

// String returns the id as 32 hex digits.
func (id TrackerID) String() string { return hex.EncodeToString(id[:]) }

// ID returns the id of this address (see [TrackerID]); zeros for the zero value.
func (u TrackerURL) ID() TrackerID { return u.id }

// Origin identifies scheme, host and port of this address, whatever its path; zeros for the zero value.
func (u TrackerURL) Origin() TrackerID {
	if u.host == "" {
		return TrackerID{}
	}
	u.path = ""
	var room [256]byte
	sum := sha256.Sum256(u.appendSecret(room[:0]))
	return TrackerID(sum[:16])
}

// ScrapePath returns the path of a scrape for an announce path, by the convention in BEP 48: the last segment must
// begin with "announce", and that word becomes "scrape". ok is false if the tracker has no scrape.
func ScrapePath(announce string) (path string, ok bool) {
	i := strings.LastIndexByte(announce, '/')
	if i < 0 || !strings.HasPrefix(announce[i+1:], "announce") {
		return "", false
	}
	return announce[:i+1] + "scrape" + announce[i+1+len("announce"):], true
}

// maskSegment hides a last path segment that may be or contain the passkey (…/announce/PASSKEY). No tracker has such a
// long word there, and a passkey need not have digits.
func maskSegment(s string) string {
	if len(strings.TrimPrefix(s, "/")) >= secretLength {
		return "/…"
	}
	return s
}

// maskLabels hides passkeys in the labels before the last two, which are the registered name.
func maskLabels(host string) string {
	label, longest := 0, 0
	for i := range len(host) {
		if label++; host[i] == '.' {
			label = 0
		}
		longest = max(longest, label)
	}
	if longest < secretLength {
		return host
	}
	labels := strings.Split(host, ".")
	for i, l := range labels[:max(0, len(labels)-2)] {
		if len(l) >= secretLength && strings.ContainsAny(l, "0123456789") {
			labels[i] = "…"
		}
	}
	return strings.Join(labels, ".")
}

// secretLength is the length of the shortest passkeys in use; most have 32 hex digits.
const secretLength = 16

// HasPath reports whether the address has a path. A udp tracker's usually has none.
func (u TrackerURL) HasPath() bool { return u.path != "" }

// Port returns the port to dial.
func (u TrackerURL) Port() uint16 { return u.port }
