package dht

import (
	"container/list"
	"crypto/sha1"
	"crypto/subtle"
	"net/netip"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/krpc"
	"bittoratio/engine/wire/moment"
)

// Bounds of what the node stores for others.
const (
	keepPeers  = 30 * time.Minute
	maxHashes  = 2000
	maxPerHash = 100
	maxPeers   = 100_000
	newSecret  = 5 * time.Minute
	hashRate   = 5 // a second, from one address
)

// announced is one peer of one hash.
type announced struct {
	hash bittorrent.NodeID
	addr netip.AddrPort
	seed bool
	at   moment.Time
}

// store has the peers that others announced to this node, and gives out tokens: an announce is accepted only from an
// address that asked before.
type store struct {
	secrets [2][16]byte // the present one and the one before it
	changed moment.Time
	random  func([]byte)

	hashes     map[bittorrent.NodeID]map[netip.Addr]*list.Element
	byAge      *list.List // of *announced, the oldest first
	announcers *askers
}

// newStore returns an empty store; random fills a slice with random bytes.
func newStore(random func([]byte), now moment.Time) *store {
	s := &store{
		random: random, changed: now, hashes: map[bittorrent.NodeID]map[netip.Addr]*list.Element{}, byAge: list.New(),
		announcers: newAskers(hashRate, hashRate),
	}
	random(s.secrets[0][:])
	random(s.secrets[1][:])
	return s
}

// rotate replaces the secrets that are too old at now.
func (s *store) rotate(now moment.Time) {
	if now-s.changed < newSecret {
		return
	}
	s.secrets[1] = s.secrets[0]
	if now-s.changed >= 2*newSecret {
		s.random(s.secrets[1][:])
	}
	s.random(s.secrets[0][:])
	s.changed = now
}

func token(secret [16]byte, a netip.Addr) []byte {
	sum := sha1.Sum(append(secret[:], a.AsSlice()...))
	return sum[:8]
}

// token returns the token that an address must send with its announce, within 5 to 10 minutes; nil for a hash that is
// full.
func (s *store) token(hash bittorrent.NodeID, from netip.Addr, now moment.Time) []byte {
	if s.rotate(now); len(s.hashes[hash]) >= maxPerHash {
		return nil
	}
	return token(s.secrets[0], from)
}

// valid reports whether this address received this token.
func (s *store) valid(shown []byte, from netip.Addr, now moment.Time) bool {
	s.rotate(now)
	for _, secret := range s.secrets {
		if subtle.ConstantTimeCompare(shown, token(secret, from)) == 1 {
			return true
		}
	}
	return false
}

// announce stores a peer: one for each address of a hash. It reports whether there was room and the address did not
// announce too fast.
func (s *store) announce(hash bittorrent.NodeID, peer netip.AddrPort, seed bool, now moment.Time) bool {
	s.expire(now)
	if !s.mayAnnounce(peer.Addr(), now) {
		return false
	}
	peers := s.hashes[hash]
	if e := peers[peer.Addr()]; e != nil {
		s.byAge.Remove(e)
		delete(peers, peer.Addr())
	} else if len(peers) >= maxPerHash {
		return false
	}
	if peers == nil {
		for len(s.hashes) >= maxHashes {
			s.dropOldest()
		}
		peers = map[netip.Addr]*list.Element{}
		s.hashes[hash] = peers
	}
	peers[peer.Addr()] = s.byAge.PushBack(&announced{hash, peer, seed, now})
	for s.byAge.Len() > maxPeers {
		s.dropOldest()
	}
	return true
}

func (s *store) mayAnnounce(a netip.Addr, now moment.Time) bool {
	b := s.announcers.of(a, now)
	return b != nil && b.Take(now)
}

// expire drops what is older than half an hour.
func (s *store) expire(now moment.Time) {
	for e := s.byAge.Front(); e != nil && now-e.Value.(*announced).at >= keepPeers; e = s.byAge.Front() {
		s.dropOldest()
	}
}

func (s *store) dropOldest() {
	p := s.byAge.Remove(s.byAge.Front()).(*announced)
	peers := s.hashes[p.hash]
	if delete(peers, p.addr.Addr()); len(peers) == 0 {
		delete(s.hashes, p.hash)
	}
}

// peers returns up to n peers of a hash with addresses of one family, in the random order of a map.
func (s *store) peers(hash bittorrent.NodeID, v6, noSeeds bool, n int, now moment.Time) (out []netip.AddrPort) {
	s.expire(now)
	for a, e := range s.hashes[hash] {
		p := e.Value.(*announced)
		if len(out) < n && a.Is6() == v6 && !(noSeeds && p.seed) {
			out = append(out, p.addr)
		}
	}
	return out
}

// filters returns the addresses of all peers of a hash, seeds and others (BEP 33); both are nil for an unknown hash.
func (s *store) filters(hash bittorrent.NodeID, now moment.Time) (seeds, others *krpc.Bloom) {
	s.expire(now)
	peers := s.hashes[hash]
	if len(peers) == 0 {
		return nil, nil
	}
	seeds, others = new(krpc.Bloom), new(krpc.Bloom)
	for a, e := range peers {
		if e.Value.(*announced).seed {
			seeds.Add(a)
		} else {
			others.Add(a)
		}
	}
	return seeds, others
}

// size returns how many peers are kept.
func (s *store) size() int { return s.byAge.Len() }
