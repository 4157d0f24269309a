package ledger

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"

	"bittoratio/engine/bittorrent"
)

// AppendRecord appends a session's line of the journal: the letter s, the three parts of the key in hex, seven numbers,
// the tracker's masked host for display, then seven numbers and the tracker's origin in hex, which version 0.2.0
// neither writes nor reads. Readers ignore fields that later versions add at the end.
func AppendRecord(dst []byte, k Key, s *Session, host string) []byte {
	dst = append(dst, "s "...)
	dst = hex.AppendEncode(dst, k.Tracker[:])
	dst = append(dst, ' ')
	dst = hex.AppendEncode(dst, k.InfoHash[:])
	dst = append(dst, ' ')
	dst = hex.AppendEncode(dst, k.PeerID[:])
	for _, n := range [...]uint64{s.Seen, s.Reported, uint64(s.Carry), uint64(s.First), uint64(s.Last), uint64(s.Event), s.Left} {
		dst = append(dst, ' ')
		dst = strconv.AppendUint(dst, n, 10)
	}
	dst = append(dst, ' ')
	dst = append(dst, host...)
	for _, n := range s.later() {
		dst = append(dst, ' ')
		dst = strconv.AppendUint(dst, *n, 10)
	}
	return hex.AppendEncode(append(dst, ' '), s.Origin[:])
}

// later returns the numbers after the host, in order.
func (s *Session) later() [7]*uint64 {
	return [...]*uint64{
		&s.Downloaded, &s.Base.Seen, &s.Base.Reported, &s.Base.Downloaded, &s.Carried.Seen, &s.Carried.Reported, &s.Carried.Downloaded,
	}
}

// ParseRecord reads what AppendRecord wrote. host is valid as long as the record is.
func ParseRecord(record []byte) (k Key, s Session, host []byte, err error) {
	rest, ok := bytes.CutPrefix(record, []byte("s "))
	if !ok {
		return k, s, nil, fmt.Errorf("record is not a session's")
	}
	for _, part := range [...][]byte{k.Tracker[:], k.InfoHash[:], k.PeerID[:]} {
		if len(rest) < 2*len(part)+1 || rest[2*len(part)] != ' ' {
			return k, s, nil, fmt.Errorf("record is too short")
		}
		if _, err := hex.Decode(part, rest[:2*len(part)]); err != nil {
			return k, s, nil, fmt.Errorf("record has a key that is not hexadecimal")
		}
		rest = rest[2*len(part)+1:]
	}
	var n [7]uint64
	for i := range n {
		word, after, ok := bytes.Cut(rest, []byte(" "))
		if n[i], err = strconv.ParseUint(string(word), 10, 64); err != nil || !ok {
			return k, s, nil, fmt.Errorf("record has a field that is not a number")
		}
		rest = after
	}
	s = Session{Seen: n[0], Reported: n[1], Carry: uint16(n[2]), First: int64(n[3]), Last: int64(n[4]), Event: bittorrent.Event(n[5]), Left: n[6]}
	if s.Reported < s.Seen || s.Reported > MaxReported || n[2] > 999 || s.First < 0 || s.Last < 0 || n[5] > uint64(bittorrent.EventPaused) {
		return k, s, nil, fmt.Errorf("record has a field out of range")
	}
	host, rest, _ = bytes.Cut(rest, []byte(" "))
	s.readSums(rest)
	return k, s, host, nil
}

// readSums reads the numbers after the host. Version 0.2.0 wrote none, and a later version may write others in their
// place: then the sums are unknown and count from zero.
func (s *Session) readSums(rest []byte) {
	var n [7]uint64
	for i := range n {
		word, after, _ := bytes.Cut(rest, []byte(" "))
		v, err := strconv.ParseUint(string(word), 10, 64)
		if err != nil {
			return
		}
		n[i], rest = v, after
	}
	for i, to := range s.later() {
		*to = n[i]
	}
	word, _, _ := bytes.Cut(rest, []byte(" "))
	var origin bittorrent.TrackerID
	if len(word) != 2*len(origin) {
		return
	}
	if _, err := hex.Decode(origin[:], word); err == nil {
		s.Origin = origin
	}
}
