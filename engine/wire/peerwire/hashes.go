package peerwire

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash is a node of a file's tree of hashes (BEP 52).
type Hash [sha256.Size]byte

// HashRange names hashes of one layer of a file's tree (BEP 52).
type HashRange struct {
	Root   Hash   // "pieces root" of the file
	Layer  uint32 // 0 is that of the blocks of 16 KiB
	First  uint32 // a multiple of Count
	Count  uint32 // a power of two, at least 2
	Proofs uint32 // layers of proof after the hashes
}

const rangeSize = sha256.Size + 4*4

func (r *HashRange) append(dst []byte) []byte {
	dst = append(dst, r.Root[:]...)
	for _, n := range [...]uint32{r.Layer, r.First, r.Count, r.Proofs} {
		dst = binary.BigEndian.AppendUint32(dst, n)
	}
	return dst
}

// AppendHashAsk appends the request for hashes.
func AppendHashAsk(dst []byte, r *HashRange) []byte {
	return r.append(appendFrame(dst, HashAsk, rangeSize))
}

// ParseHashes reads the body of a [Hashes] frame; hashes are those of the range, without the proofs.
func ParseHashes(body []byte) (r HashRange, hashes []Hash, ok bool) {
	r, rest, ok := parseRange(body)
	if !ok || len(rest)%sha256.Size != 0 || uint64(len(rest)/sha256.Size) < uint64(r.Count) {
		return HashRange{}, nil, false
	}
	hashes = make([]Hash, r.Count)
	for i := range hashes {
		copy(hashes[i][:], rest[i*sha256.Size:])
	}
	return r, hashes, true
}

// ParseHashReject reads the body of a [HashReject] frame.
func ParseHashReject(body []byte) (r HashRange, ok bool) {
	r, rest, ok := parseRange(body)
	return r, ok && len(rest) == 0
}

func parseRange(body []byte) (r HashRange, rest []byte, ok bool) {
	if len(body) < rangeSize {
		return HashRange{}, nil, false
	}
	n := func(i int) uint32 { return binary.BigEndian.Uint32(body[sha256.Size+4*i:]) }
	return HashRange{Root: Hash(body[:sha256.Size]), Layer: n(0), First: n(1), Count: n(2), Proofs: n(3)}, body[rangeSize:], true
}
