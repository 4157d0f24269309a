package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/ledger"
)

// torrent returns the torrent with a key; the caller holds mu.
func (r *Reporter) torrent(k torrentKey) *torrent {
	v, ok := r.torrents[k]
	if !ok {
		v = &torrent{tracker: k.tracker, hash: k.hash, remainder: k.remainder}
		r.torrents[k] = v
		if !v.remainder {
			r.byHash[k.hash] = append(r.byHash[k.hash], v)
		}
	}
	return v
}

// torrentOf returns the key of a session's torrent on a tracker host. No client has a peer id of zeros, so that stands
// for the remainder.
func torrentOf(t *tracker, k ledger.Key) torrentKey {
	return torrentKey{t, k.InfoHash, k.InfoHash == bittorrent.InfoHash{} && k.PeerID == bittorrent.PeerID{}}
}

// count replaces a session's part of its torrent's sums, and so of the totals. If an info hash is on several trackers,
// the one with the most upload counts. The caller holds mu.
func (r *Reporter) count(v *torrent, before, after exchange.Sums) {
	if before == after {
		return
	}
	var same []*torrent
	if !v.remainder {
		same = r.byHash[v.hash]
	}
	best := v
	for _, other := range same {
		if other.counted {
			best = other
		}
	}
	if best.counted {
		r.totals = minus(r.totals, best.sums)
		best.counted = false
	}
	v.sums = minus(v.sums, before).Add(after)
	for _, other := range same {
		if other.sums.Seen > best.sums.Seen {
			best = other
		}
	}
	best.counted = true
	r.totals = r.totals.Add(best.sums)
}

// minus returns a − b, never below zero.
func minus(a, b exchange.Sums) exchange.Sums {
	return exchange.Sums{Seen: a.Seen - min(a.Seen, b.Seen), Reported: a.Reported - min(a.Reported, b.Reported), Downloaded: a.Downloaded - min(a.Downloaded, b.Downloaded)}
}

// name returns the torrent's ID; the caller holds the reporter's mu.
func (v *torrent) name() string {
	if v.id == "" {
		v.id = TorrentID(v.tracker.host, v.hash)
	}
	return v.id
}

// TorrentID returns the ID of a torrent on a tracker host: 16 hex digits of a hash.
func TorrentID(host string, h bittorrent.InfoHash) string {
	sum := sha256.Sum256(append(h[:], host...))
	return hex.EncodeToString(sum[:8])
}

// first returns the first sight of its oldest session, in Unix milliseconds.
func (v *torrent) first() int64 {
	first := v.sessions[0].First
	for _, s := range v.sessions[1:] {
		first = min(first, s.First)
	}
	return first
}

// leave removes a session from its torrent, but keeps its sums: in the torrent's newest other session, or, if there is
// none, in the remainder of its tracker. The caller holds mu.
func (r *Reporter) leave(s *session) {
	sums := s.Sums()
	v := s.torrent
	r.forgetIn(s)
	if sums == (exchange.Sums{}) {
		return
	}
	if len(v.sessions) > 0 {
		heir := slices.MaxFunc(v.sessions, func(a, b *session) int { return cmp.Compare(a.Last, b.Last) })
		next := heir.Session
		next.First = min(next.First, s.First)
		next.Carried = next.Carried.Add(sums)
		r.put(heir.key, next, v.tracker)
		return
	}
	k := ledger.Key{Tracker: s.key.Tracker}
	var next ledger.Session
	if old, ok := r.sessions[k]; ok {
		next = old.Session
	}
	next.First, next.Last, next.Carried = max(next.First, s.First), max(next.Last, s.Last), next.Carried.Add(sums)
	r.put(k, next, v.tracker)
}

// forgetIn removes a session and its sums from its torrent; the caller holds mu.
func (r *Reporter) forgetIn(s *session) {
	v := s.torrent
	r.count(v, s.Sums(), exchange.Sums{})
	v.sessions = slices.DeleteFunc(v.sessions, func(other *session) bool { return other == s })
	if len(v.sessions) > 0 {
		return
	}
	delete(r.torrents, torrentKey{v.tracker, v.hash, v.remainder})
	others := slices.DeleteFunc(r.byHash[v.hash], func(t *torrent) bool { return t == v })
	if r.byHash[v.hash] = others; len(others) == 0 {
		delete(r.byHash, v.hash)
	}
}
