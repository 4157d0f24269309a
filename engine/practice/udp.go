package practice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"bittoratio/engine/wire/udptracker"
)

// connectionTime is the shortest time for which a connection id is valid; BEP 15 requires two minutes.
const connectionTime = 2 * time.Minute

// connectionID returns a client's id for its address at this time. It is computed from the secret, so nothing is stored
// for a client that only connects.
func connectionID(secret []byte, from netip.AddrPort, now time.Time) udptracker.Connection {
	h := hmac.New(sha256.New, secret)
	b, _ := from.Addr().MarshalBinary() // never fails
	h.Write(binary.BigEndian.AppendUint64(b, uint64(now.UnixNano()/int64(connectionTime))))
	return udptracker.Connection(binary.BigEndian.Uint64(h.Sum(nil)))
}

// validConnection reports whether the tracker gave this id to the address in this or the last period.
func validConnection(secret []byte, id udptracker.Connection, from netip.AddrPort, now time.Time) bool {
	return id == connectionID(secret, from, now) || id == connectionID(secret, from, now.Add(-connectionTime))
}

// datagram returns the answer to a client's datagram; nil for none.
func (s *server) datagram(b []byte, from netip.AddrPort, now time.Time) []byte {
	r, ok := udptracker.ParseRequest(b)
	if !ok {
		return nil
	}
	if r.Action == udptracker.Connect {
		return udptracker.AppendConnected(nil, r.Transaction, connectionID(s.secret, from, now))
	}
	if !validConnection(s.secret, r.Connection, from, now) {
		return udptracker.AppendFailure(nil, r.Transaction, "Connection ID mismatch.")
	}
	if r.Action == udptracker.Scrapes {
		return s.datagramScrape(&r)
	}
	a := Announce{Announce: r.Announce.Announce, NumWant: int(r.Announce.NumWant), Addr: netip.AddrPortFrom(from.Addr(), r.Announce.Port)}
	reply := s.announce("udp", a, now)
	if reply.Failure != "" {
		return udptracker.AppendFailure(nil, r.Transaction, reply.Failure)
	}
	be := binary.BigEndian
	out := be.AppendUint32(be.AppendUint32(nil, uint32(udptracker.Announces)), uint32(r.Transaction))
	for _, n := range []int64{seconds(reply.Interval), reply.Swarm.Leechers, reply.Swarm.Seeders} {
		out = be.AppendUint32(out, uint32(n))
	}
	for _, p := range reply.Peers {
		if p.Addr.Addr().Is4() == from.Addr().Is4() { // BEP 15: the family is that of the socket
			out = appendCompact(out, p.Addr)
		}
	}
	return out
}

func (s *server) datagramScrape(r *udptracker.Request) []byte {
	be := binary.BigEndian
	hashes := r.Hashes[:min(len(r.Hashes), udptracker.MaxHashes)]
	files := s.t.Scrape(hashes)
	s.scraped("udp", len(hashes))
	out := be.AppendUint32(be.AppendUint32(nil, uint32(udptracker.Scrapes)), uint32(r.Transaction))
	for _, h := range hashes {
		f := files[h]
		for _, n := range []int64{f.Seeders, f.Downloads, f.Leechers} {
			out = be.AppendUint32(out, uint32(n))
		}
	}
	return out
}
