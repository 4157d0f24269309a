package krpc

import (
	"encoding/binary"
	"net/netip"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// AppendAddr appends the compact form of an address: 4 or 16 bytes and 2 of port, big end first.
func AppendAddr(b []byte, a netip.AddrPort) []byte {
	if ip := a.Addr().Unmap(); ip.Is4() {
		four := ip.As4()
		b = append(b, four[:]...)
	} else {
		sixteen := ip.As16()
		b = append(b, sixteen[:]...)
	}
	return binary.BigEndian.AppendUint16(b, a.Port())
}

// ParseAddr reads 6 or 18 bytes. An IPv4 address inside an IPv6 address is refused, because it would evade the rules
// for either.
func ParseAddr(b []byte) (netip.AddrPort, bool) {
	if len(b) != 6 && len(b) != 18 {
		return netip.AddrPort{}, false
	}
	ip, _ := netip.AddrFromSlice(b[:len(b)-2])
	if ip.Is4In6() {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[len(b)-2:])), true
}

// external reads `ip`, which some nodes write without the port.
func external(raw bencode.RawMessage) netip.AddrPort {
	b, _ := bencode.Text(raw)
	if ip, ok := netip.AddrFromSlice(b); ok && !ip.Is4In6() {
		return netip.AddrPortFrom(ip, 0)
	}
	a, _ := ParseAddr(b)
	return a
}

// appendNodes appends the nodes in a compact string whose addresses have size bytes. A string that does not consist of
// whole nodes has none.
func appendNodes(list []Node, raw bencode.RawMessage, size int) []Node {
	b, _ := bencode.Text(raw)
	one := len(bittorrent.NodeID{}) + size + 2
	if len(b)%one != 0 {
		return list
	}
	for ; len(b) > 0; b = b[one:] {
		if a, ok := ParseAddr(b[20:one]); ok {
			list = append(list, Node{ID: bittorrent.NodeID(b[:20]), Addr: a})
		}
	}
	return list
}

// peers reads `values`, which may mix both families.
func peers(raw bencode.RawMessage) (list []netip.AddrPort) {
	for v := range bencode.Elements(raw, bencode.Span{End: len(raw)}) {
		b, _ := bencode.Text(v.Of(raw))
		if a, ok := ParseAddr(b); ok {
			list = append(list, a)
		}
	}
	return list
}
