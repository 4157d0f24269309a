package file

import (
	"net"
	"net/netip"
	"strings"

	"bittoratio/engine/clients"
)

// another reports whether a setting names a proxy on another computer than the new one. Then the user chose it; it is
// not this program at an earlier address.
func another(s clients.Setting, before string) bool {
	return s.Proxy && strings.ContainsAny(s.Value, ".:") && OtherHost(before, s.Value) // otherwise it is the kind of proxy
}

// OtherHost reports whether a client's present proxy is on another computer than its new one, and not on this computer.
// Both are an address or a host, as in settings.
func OtherHost(has, wanted string) bool {
	host := hostOf(has)
	if host == "" || host == hostOf(wanted) || host == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return true
	}
	if ip.IsLoopback() || ip.IsUnspecified() {
		return false
	}
	own, _ := net.InterfaceAddrs() // without any, the host counts as another computer
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == ip {
			return false
		}
	}
	return true
}

// hostOf returns the host in an address or a URL, or the text if it is a host.
func hostOf(address string) string {
	address = strings.Trim(address, `" `)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	address, _, _ = strings.Cut(address, "/")
	address = address[strings.LastIndexByte(address, '@')+1:]
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	return strings.ToLower(strings.Trim(address, "[]"))
}
