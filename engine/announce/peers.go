package announce

import (
	"bytes"
	"net/netip"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/httphead"
	"bittoratio/engine/wire/httptracker"
	"bittoratio/engine/wire/udptracker"
)

const maxPlain = 1 << 20 // bytes of a decoded answer

// Peers returns the peers in trackers' last answers to the user's clients for a torrent, those of the newest answer
// first. It sends nothing.
func (a *Answers) Peers(hash bittorrent.InfoHash, now time.Time) (list []netip.AddrPort) {
	for _, raw := range a.of(hash, now) {
		list = append(list, peersIn(raw)...)
	}
	return list
}

// of returns all trackers' answers to announces of a torrent, newest first. They must not be changed.
func (a *Answers) of(hash bittorrent.InfoHash, now time.Time) (list [][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.old.Back(); e != nil; e = e.Prev() {
		v := e.Value.(*answer)
		if v.key.InfoHash == hash && !v.key.Scrape && !v.old(now) {
			list = append(list, v.raw)
		}
	}
	return list
}

// peersIn returns the peers in a cached answer; none if it cannot be read.
func peersIn(raw []byte) []netip.AddrPort {
	head, rest, isHTTP := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !isHTTP {
		d, ok := udptracker.ParseAnswer(raw)
		if !ok || d.Action != udptracker.Announces || mayBeIPv6(d.Peers) {
			return nil
		}
		return bittorrent.Peers(d.CompactPeers(false), false)
	}
	var r httphead.Response
	if r.Parse(raw[:len(head)+4]) != nil {
		return nil
	}
	body, err := httptracker.PlainBody(&r, rest, maxPlain)
	if err != nil {
		return nil
	}
	return httptracker.Peers(body)
}

// mayBeIPv6 reports whether compact peers may have 18 bytes each, as in a datagram from a tracker that was reached over
// IPv6. The datagram does not show it, but then all addresses are in 2000::/3 or fc00::/6. Read as IPv4, they would be
// strangers' addresses.
func mayBeIPv6(compact []byte) bool {
	if len(compact)%18 != 0 {
		return false
	}
	for ; len(compact) > 0; compact = compact[18:] {
		if b := compact[0]; b>>5 != 0x20>>5 && b < 0xfc {
			return false
		}
	}
	return true
}
