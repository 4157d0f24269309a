package bittorrent

import (
	"encoding/binary"
	"net/netip"
)

// Peers reads addresses in the compact form: 4 bytes of address (BEP 23), or 16 for IPv6 (BEP 7), and 2 of port,
// big-endian. It ignores incomplete bytes at the end.
func Peers(compact []byte, ipv6 bool) (list []netip.AddrPort) {
	ip := 4
	if ipv6 {
		ip = 16
	}
	for ; len(compact) >= ip+2; compact = compact[ip+2:] {
		a, _ := netip.AddrFromSlice(compact[:ip])
		list = append(list, netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(compact[ip:])))
	}
	return list
}
