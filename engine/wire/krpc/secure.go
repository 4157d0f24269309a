package krpc

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"

	"bittoratio/engine/bittorrent"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// prefix returns, in the upper bits, the 21 bits with which the id of a node at this address begins (BEP 42). Only
// three bits of r, the last byte of the id, count.
func prefix(a netip.Addr, r byte) uint32 {
	if a = a.Unmap(); a.Is4() {
		four := a.As4()
		n := binary.BigEndian.Uint32(four[:])&0x030f3fff | uint32(r&7)<<29
		return crc32.Checksum(binary.BigEndian.AppendUint32(nil, n), castagnoli) & 0xfffff800
	}
	sixteen := a.As16()
	n := binary.BigEndian.Uint64(sixteen[:8])&0x0103070f1f3f7fff | uint64(r&7)<<61
	return crc32.Checksum(binary.BigEndian.AppendUint64(nil, n), castagnoli) & 0xfffff800
}

// Secure returns the id that a node at this address may have (BEP 42), with as much of the random id as possible.
func Secure(random bittorrent.NodeID, a netip.Addr) bittorrent.NodeID {
	n := prefix(a, random[19]) | uint32(random[2]&7)<<8 | uint32(random[3])
	binary.BigEndian.PutUint32(random[:4], n)
	return random
}

// Matches reports whether a node at this address may have the id (BEP 42). Private, link-local and loopback addresses
// may have any.
func Matches(id bittorrent.NodeID, a netip.Addr) bool {
	if a = a.Unmap(); a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return true
	}
	return binary.BigEndian.Uint32(id[:4])&0xfffff800 == prefix(a, id[19])
}
