package localca

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"bittoratio/engine/bittorrent"
)

// Host is an entry of the user's list of trackers to decrypt: one name or address at one port, or every name below a
// domain. The last is for trackers that put the passkey into the name.
type Host struct {
	name  string // lower case, without the star
	addr  netip.Addr
	below bool
	port  uint16
}

var (
	errHost    = errors.New("is not a host name or address, such as tracker.example or tracker.example:8443")
	ErrPasskey = errors.New("holds what looks like a passkey, which a certificate would show; put *. in front of the rest")
	errStar    = errors.New("has a star that is not *. in front of a domain")
)

// ParseHost reads host[:port] or *.domain[:port]; the port is 443 if none is given. The error is a text for people, in
// lower case, to be shown after the input.
func ParseHost(s string) (Host, error) {
	rest, below := strings.CutPrefix(strings.TrimSpace(s), "*.")
	u, err := bittorrent.NewTrackerURL("https", rest, "")
	if err != nil {
		return Host{}, errHost
	}
	name := strings.TrimSuffix(u.Hostname(), ".")
	h := Host{name: name, below: below, port: u.Port()}
	h.addr, _ = netip.ParseAddr(name)
	switch {
	case strings.Contains(name, "*"), below && (h.addr.IsValid() || !strings.Contains(name, ".")):
		return Host{}, errStar
	case strings.Contains(u.Host(), "…"):
		return Host{}, ErrPasskey
	case h.addr.Zone() != "":
		return Host{}, errHost
	case h.addr.IsValid():
		h.addr = h.addr.Unmap()
		h.name = h.addr.String()
	case !validName(name):
		return Host{}, errHost
	}
	return h, nil
}

// Listed returns the entry for a name or address at a port. If the name seems to contain a passkey, which neither
// settings nor certificates may show, the entry is for all names of its domain.
func Listed(name string, port uint16) (Host, bool) {
	at := net.JoinHostPort(name, strconv.Itoa(int(port)))
	h, err := ParseHost(at)
	if errors.Is(err, ErrPasskey) {
		u, _ := bittorrent.NewTrackerURL("https", at, "")
		shown := u.Host()
		h, err = ParseHost("*" + shown[strings.LastIndex(shown, "…")+len("…"):])
	}
	return h, err == nil
}

// validName reports whether a certificate can hold the name (RFC 1123 §2.1, and underscores, which some have). Letters
// of other scripts must be in the form xn--.
func validName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return strings.Trim(last, "0123456789") != "" // some programs would read 1.2.3 as an address
}

// String returns the host in the form of settings.json: without the port if it is 443.
func (h Host) String() string {
	s := h.name
	if h.below {
		s = "*." + s
	}
	if h.port != 443 {
		return net.JoinHostPort(s, strconv.Itoa(int(h.port)))
	}
	if h.addr.Is6() {
		return "[" + s + "]"
	}
	return s
}

// Name returns only the name or address; empty if the host is all names below a domain.
func (h Host) Name() string {
	if h.below {
		return ""
	}
	return h.name
}

// Port returns the port that is decrypted.
func (h Host) Port() uint16 { return h.port }

// Covers reports whether the host includes a name or address, which is in lower case.
func (h Host) Covers(name string) bool {
	if h.below {
		rest, ok := strings.CutSuffix(name, "."+h.name)
		return ok && rest != ""
	}
	if h.addr.IsValid() {
		a, err := netip.ParseAddr(name)
		return err == nil && a.Unmap() == h.addr
	}
	return name == h.name
}
