package swarm

import (
	"net/netip"
	"time"

	"bittoratio/engine/wire/moment"
	"bittoratio/engine/wire/peerwire"
)

const (
	maxSizes  = 4                      // different sizes that peers claim, at most
	askAgain  = 150 * time.Millisecond // a piece that is due for this long is requested from another peer too
	maxAskers = 3                      // peers from which one piece is requested
	firstRoom = 4                      // pieces that are requested at once from one peer
	largeRoom = 8                      // the same after its first delivery: libtorrent delays what exceeds ten
)

// assembly joins the pieces of a metadata that several peers send at once. Each piece is requested from one peer; when
// all are requested, slow ones are requested from others too. If the whole has another hash, it is dropped, and from
// then on each peer has to send all of it alone, one peer after another; a peer that fails alone is not asked again.
//
// It has no clock and no socket, and is not safe for concurrent use.
type assembly struct {
	right  func(whole []byte) bool // reports whether it has the right hash
	sizes  map[int]*pieces
	whole  []byte // nil until it is right
	wrong  int    // peers whose whole had another hash; 1 if that happened only to a joint one
	alone  bool   // each peer has to send all of it
	turn   netip.AddrPort
	banned map[netip.AddrPort]bool
}

// pieces are the pieces of one size of the metadata.
type pieces struct {
	bytes []byte
	state []piece
	have  int
	peers int // that claim this size
}

// piece is what is known of one piece.
type piece struct {
	have   bool
	askers int
	asked  moment.Time // the last time it was requested
}

// share has the pieces that were requested from one peer.
type share struct {
	peer netip.AddrPort
	size int
	room int
	due  map[int]moment.Time // pieces, and since when they are due
	got  int                 // pieces that were new
}

func newAssembly(right func(whole []byte) bool) *assembly {
	return &assembly{right: right, sizes: map[int]*pieces{}, banned: map[netip.AddrPort]bool{}}
}

// join adds a peer that has metadata of this size; ok is false if the peer is not wanted.
func (a *assembly) join(peer netip.AddrPort, size int) (s *share, ok bool) {
	p := a.sizes[size]
	if a.banned[peer] || p == nil && !a.roomForSize() {
		return nil, false
	}
	if p == nil {
		p = &pieces{state: make([]piece, peerwire.Pieces(size))}
		a.sizes[size] = p
	}
	p.peers++
	return &share{peer: peer, size: size, room: firstRoom, due: map[int]moment.Time{}}, true
}

// roomForSize reports whether there is room for another size; it drops a size that no peer claims any more.
func (a *assembly) roomForSize() bool {
	for size, p := range a.sizes {
		if len(a.sizes) >= maxSizes && p.peers == 0 {
			delete(a.sizes, size)
		}
	}
	return len(a.sizes) < maxSizes
}

// next returns the pieces to request from a peer now; they count as requested.
func (a *assembly) next(s *share, now moment.Time) (ask []int) {
	p := a.sizes[s.size]
	if a.whole != nil || p == nil || a.banned[s.peer] {
		return nil
	}
	if a.alone {
		if a.turn.IsValid() && a.turn != s.peer {
			return nil
		}
		a.turn = s.peer
	}
	take := func(i int) {
		p.state[i].askers++
		p.state[i].asked, s.due[i] = now, now
		ask = append(ask, i)
	}
	for i := range p.state {
		if len(s.due) >= s.room {
			return ask
		}
		if _, mine := s.due[i]; !p.state[i].have && !mine && p.state[i].askers == 0 {
			take(i)
		}
	}
	for i := range p.state {
		if len(s.due) >= s.room {
			return ask
		}
		if _, mine := s.due[i]; !p.state[i].have && !mine && p.state[i].askers < maxAskers && now-p.state[i].asked >= askAgain {
			take(i)
		}
	}
	return ask
}

// put stores a piece; ok is false if it was not requested from this peer, or has another length.
func (a *assembly) put(s *share, i int, b []byte) (ok bool) {
	p := a.sizes[s.size]
	if _, asked := s.due[i]; !asked || p == nil || len(b) != peerwire.PieceLength(s.size, i) {
		return false
	}
	delete(s.due, i)
	p.state[i].askers = max(0, p.state[i].askers-1)
	s.room = min(s.room+1, largeRoom)
	if p.state[i].have || a.alone && a.turn != s.peer {
		return true // another peer was faster, or this peer's turn is over
	}
	if p.bytes == nil {
		p.bytes = make([]byte, s.size)
	}
	copy(p.bytes[i*peerwire.PieceSize:], b)
	p.state[i].have = true
	p.have++
	s.got++
	if p.have == len(p.state) {
		a.finish(s, p)
	}
	return true
}

// finish checks the hash of the whole.
func (a *assembly) finish(s *share, p *pieces) {
	if a.right(p.bytes) {
		a.whole = p.bytes
		clear(a.sizes)
		return
	}
	if a.alone {
		a.banned[s.peer] = true
	}
	a.wrong = max(1, len(a.banned))
	a.alone = true
	a.turn = netip.AddrPort{}
	for _, p := range a.sizes {
		a.forget(p)
	}
}

// forget throws away the pieces of a size; requested pieces that still come are ignored.
func (a *assembly) forget(p *pieces) {
	p.bytes, p.have = nil, 0
	p.state = make([]piece, len(p.state))
}

// leave frees the pieces that were requested from a peer. If each peer has to send all alone, the pieces that it sent
// are dropped too.
func (a *assembly) leave(s *share) {
	p := a.sizes[s.size]
	if p == nil {
		return
	}
	for i := range s.due {
		p.state[i].askers = max(0, p.state[i].askers-1)
	}
	clear(s.due)
	if a.alone && a.turn == s.peer {
		a.turn = netip.AddrPort{}
		a.forget(p)
	}
	if p.peers--; p.peers == 0 && p.have == 0 {
		delete(a.sizes, s.size) // no peer claims it any more
	}
}

// progress returns how many pieces have arrived, and of how many, for the size that is most complete.
func (a *assembly) progress() (have, of int) {
	for _, p := range a.sizes {
		if p.have >= have {
			have, of = p.have, len(p.state)
		}
	}
	return have, of
}
