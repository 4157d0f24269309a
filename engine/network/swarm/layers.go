package swarm

import (
	"crypto/sha256"
	"errors"
	"math/bits"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/udp"
	"bittoratio/engine/wire/metainfo"
	"bittoratio/engine/wire/moment"
	"bittoratio/engine/wire/peerwire"
)

// Limits for hashes of pieces (BEP 52).
const (
	maxHashes  = 1 << 20 // in all: 32 MiB of them are a torrent of 16 TiB in pieces of 16 MiB
	maxRange   = 512     // in one request
	rangesOut  = 4       // requests at once
	layersTime = 15 * time.Second
	block      = 16 << 10
)

// layers are the hashes of pieces that a .torrent of version 2 must have outside its info dictionary. BEP 9 transfers
// only the dictionary. Search.mu guards all of it.
type layers struct {
	hash    bittorrent.InfoHash // of version 2; only a handshake with it makes peers give hashes
	depth   int                 // of the layer of pieces, above that of blocks
	until   moment.Time
	files   map[peerwire.Hash]*layer
	refused bool // there are more than the limits allow
}

// layer is the piece layer of one file.
type layer struct {
	count  int // of its pieces
	hashes []peerwire.Hash
	ranges []rangeOf
	done   bool
}

// rangeOf is the state of one range of hashes, which is one request.
type rangeOf struct {
	asked moment.Time
	have  bool
}

// hashTalk is the state of a conversation about piece-layer hashes: those that were requested, and whether the peer
// refused.
type hashTalk struct {
	due     map[peerwire.HashRange]bool
	refused bool
}

// neededLayers returns the layers that a description needs; nil if it needs none.
func (s *Search) neededLayers(whole []byte) *layers {
	d, err := metainfo.ParseDictionary(whole)
	if err != nil || !d.V2 {
		return nil
	}
	sum := sha256.Sum256(whole)
	l := &layers{hash: bittorrent.InfoHash(sum[:20]), files: map[peerwire.Hash]*layer{}, until: udp.Now() + layersTime}
	if d.PieceLength < block || d.PieceLength&(d.PieceLength-1) != 0 {
		l.refused = true
		return l
	}
	l.depth = bits.TrailingZeros64(uint64(d.PieceLength / block))
	total := int64(0)
	for f := range d.Files() {
		if f.Root == nil || f.Size <= d.PieceLength {
			continue
		}
		n := (f.Size-1)/d.PieceLength + 1
		if total += n; total > maxHashes || n > maxHashes {
			l.refused = true
			return l
		}
		width := l.width(int(n))
		l.files[peerwire.Hash(f.Root)] = &layer{count: int(n), ranges: make([]rangeOf, (int(n)+width-1)/width)}
	}
	if len(l.files) == 0 {
		return nil
	}
	return l
}

// width returns how many hashes are requested at once for a file of n pieces.
func (l *layers) width(n int) int { return min(maxRange, 1<<bits.Len(uint(n-1))) }

// complete reports whether nothing more has to be requested.
func (l *layers) complete() bool {
	if l == nil || l.refused {
		return true
	}
	for _, f := range l.files {
		if !f.done {
			return false
		}
	}
	return true
}

// bytes returns the layers as a .torrent has them. ok is false if some are missing.
func (l *layers) bytes() (out map[string][]byte, ok bool) {
	out = map[string][]byte{}
	if l == nil {
		return out, true
	}
	for root, f := range l.files {
		if !f.done {
			return nil, false
		}
		b := make([]byte, 0, len(f.hashes)*len(root))
		for _, h := range f.hashes {
			b = append(b, h[:]...)
		}
		out[string(root[:])] = b
	}
	return out, !l.refused
}

// next returns the ranges to request now; they count as requested.
func (l *layers) next(room int, now moment.Time) (list []peerwire.HashRange) {
	for root, f := range l.files {
		width := l.width(f.count)
		for i := range f.ranges {
			if len(list) >= room {
				return list
			}
			if r := &f.ranges[i]; !f.done && !r.have && now-r.asked > dueTime {
				r.asked = now
				list = append(list, peerwire.HashRange{Root: root, Layer: uint32(l.depth), First: uint32(i * width), Count: uint32(width)})
			}
		}
	}
	return list
}

// put stores the hashes of a requested range; ok is false if they complete a layer and it is wrong.
func (l *layers) put(r peerwire.HashRange, hashes []peerwire.Hash) (ok bool) {
	f := l.files[r.Root]
	if f == nil || f.done {
		return true
	}
	width := l.width(f.count)
	if f.hashes == nil {
		f.hashes = make([]peerwire.Hash, f.count)
	}
	copy(f.hashes[min(int(r.First), f.count):], hashes)
	f.ranges[int(r.First)/width].have = true
	for _, r := range f.ranges {
		if !r.have {
			return true
		}
	}
	if treeRoot(f.hashes, l.depth) != r.Root {
		f.hashes, f.ranges = nil, make([]rangeOf, len(f.ranges))
		return false
	}
	f.done = true
	return true
}

// giveBack frees ranges, so that they are requested from another peer.
func (l *layers) giveBack(due map[peerwire.HashRange]bool) {
	for r := range due {
		if f := l.files[r.Root]; f != nil {
			f.ranges[int(r.First)/l.width(f.count)].asked = 0
		}
	}
}

// treeRoot returns the root of the tree over a layer that is depth above the blocks. Up to the next power of two it is
// filled with trees over blocks of zeros.
func treeRoot(hashes []peerwire.Hash, depth int) peerwire.Hash {
	var pad peerwire.Hash
	pair := func(a, b peerwire.Hash) peerwire.Hash {
		return sha256.Sum256(append(append(make([]byte, 0, 2*len(a)), a[:]...), b[:]...))
	}
	for range depth {
		pad = pair(pad, pad)
	}
	level := append([]peerwire.Hash(nil), hashes...)
	for len(level) > 1 {
		if len(level)%2 == 1 {
			level = append(level, pad)
		}
		for i := 0; i < len(level); i += 2 {
			level[i/2] = pair(level[i], level[i+1])
		}
		level, pad = level[:len(level)/2], pair(pad, pad)
	}
	return level[0]
}

// Why a peer gives no hashes.
var (
	errNoHashes  = errors.New("the peer gives no hashes")                  // final
	errOtherHash = errors.New("the peer was met by the hash of version 1") // it must be met with the hash of version 2
)

// askHashes requests hashes of pieces from the peer.
func (t *talk) askHashes(now moment.Time) error {
	s := t.search
	s.mu.Lock()
	if s.layers.complete() {
		s.mu.Unlock()
		return nil // the search is about to end
	}
	if met := t.hello.InfoHash == s.layers.hash; t.hashes.refused || !met {
		s.mu.Unlock()
		if !met {
			return errOtherHash
		}
		return errNoHashes
	}
	if t.hashes.due == nil {
		t.hashes.due, t.received = map[peerwire.HashRange]bool{}, now
	}
	list := s.layers.next(rangesOut-len(t.hashes.due), now)
	for _, r := range list {
		t.hashes.due[r] = true
	}
	s.mu.Unlock()
	var b []byte
	for i := range list {
		b = peerwire.AppendHashAsk(b, &list[i])
	}
	t.asked.Add(int64(len(list)))
	return t.write(b)
}

// takeHashes processes an answer to [talk.askHashes].
func (t *talk) takeHashes(f peerwire.Frame) error {
	r, hashes, ok := peerwire.ParseHashes(f.Body)
	if f.ID == peerwire.HashReject {
		r, ok = peerwire.ParseHashReject(f.Body)
	}
	s := t.search
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || !t.hashes.due[r] || s.layers == nil {
		return errBroken
	}
	if f.ID == peerwire.HashReject {
		t.hashes.refused = true
		return nil
	}
	delete(t.hashes.due, r)
	t.received = udp.Now()
	if !s.layers.put(r, hashes) {
		return errBroken
	}
	if s.layers.complete() {
		s.changed()
	}
	return nil
}
