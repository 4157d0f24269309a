package peerwire

import "bittoratio/engine/bittorrent"

// HandshakeSize is the length of a handshake, in bytes.
const HandshakeSize = 68

const protocol = "\x13BitTorrent protocol"

// The bits of the eight reserved bytes.
const (
	extensionsAt, extensionsBit = 5, 0x10 // BEP 10
	dhtAt, dhtBit               = 7, 0x01 // BEP 5
	version2At, version2Bit     = 7, 0x10 // BEP 52
)

// Handshake is the first thing that each end sends.
type Handshake struct {
	InfoHash   bittorrent.InfoHash
	PeerID     bittorrent.PeerID
	Extensions bool // speaks the extension protocol
	DHT        bool // has a node of the DHT, and names its port afterwards
	Version2   bool // knows torrents of version 2
}

// Append appends the handshake.
func (h *Handshake) Append(dst []byte) []byte {
	var reserved [8]byte
	if h.Extensions {
		reserved[extensionsAt] |= extensionsBit
	}
	if h.DHT {
		reserved[dhtAt] |= dhtBit
	}
	if h.Version2 {
		reserved[version2At] |= version2Bit
	}
	dst = append(dst, protocol...)
	dst = append(dst, reserved[:]...)
	dst = append(dst, h.InfoHash[:]...)
	return append(dst, h.PeerID[:]...)
}

// ParseHandshake reads a handshake; ok is false for another protocol. b has [HandshakeSize] bytes.
func ParseHandshake(b []byte) (h Handshake, ok bool) {
	if len(b) != HandshakeSize || string(b[:len(protocol)]) != protocol {
		return Handshake{}, false
	}
	reserved := b[len(protocol):]
	return Handshake{
		InfoHash: bittorrent.InfoHash(b[28:48]), PeerID: bittorrent.PeerID(b[48:]),
		Extensions: reserved[extensionsAt]&extensionsBit != 0, DHT: reserved[dhtAt]&dhtBit != 0, Version2: reserved[version2At]&version2Bit != 0,
	}, true
}
