package bittorrent

import (
	"bytes"
	"encoding/hex"
	"math/bits"
)

// ClientCode is this program's two letters in peer ids (BEP 20) and in the DHT's `v`. It is not "BO", because lists
// that look for "-BOW" name Bits on Wheels. Neither the list of BEP 20 nor those of libtorrent, Transmission and
// BiglyBT have "Bo".
const ClientCode = "Bo"

// NodeID identifies a node of the DHT (BEP 5), 20 bytes. Info hashes are points of the same space.
type NodeID [20]byte

// String returns the id as 40 lower-case hex digits.
func (id NodeID) String() string { return hex.EncodeToString(id[:]) }

// Distance returns the XOR of two ids, which is read as an unsigned number, big end first (BEP 5).
func Distance(a, b NodeID) (d NodeID) {
	for i := range d {
		d[i] = a[i] ^ b[i]
	}
	return d
}

// Less reports whether a, as a number, is less than b.
func Less(a, b NodeID) bool { return bytes.Compare(a[:], b[:]) < 0 }

// LeadingZeros returns the number of leading zero bits, 0 to 160. For a distance, that is how many leading bits two ids
// share.
func (id NodeID) LeadingZeros() int {
	for i, b := range id {
		if b != 0 {
			return 8*i + bits.LeadingZeros8(b)
		}
	}
	return 8 * len(id)
}
