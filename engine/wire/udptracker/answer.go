package udptracker

import (
	"encoding/binary"
	"time"

	"bittoratio/engine/bittorrent"
)

const maxInterval = 7 * 24 * time.Hour

// Answer is a datagram that a tracker sends.
type Answer struct {
	Action      Action
	Transaction Transaction
	Connection  Connection // of a connect

	// Interval and Swarm belong to an announce. The interval is clamped to 0…7 days; the answer has no number of
	// downloads.
	Interval time.Duration
	Swarm    bittorrent.Swarm

	// Peers belong to an announce, in the form of `peers` and `peers6` (BEP 23, BEP 7): 6 bytes each from a tracker
	// reached over IPv4, 18 over IPv6. They share the datagram's bytes, up to its end: see [Answer.CompactPeers].
	Peers []byte

	Swarms []bittorrent.Swarm // of a scrape, in the order of its hashes; there may be fewer
	Reason string             // of a failure, safe to show and to log (see [bittorrent.Sentence]); never empty
}

// ParseAnswer reads a tracker's datagram; ok is false if it does not have the form of an answer. The caller decides by
// transaction and sender whether it answers a request. An announce's answer that is cut off counts as a failure: the
// tracker has received the announce.
func ParseAnswer(b []byte) (a Answer, ok bool) {
	if len(b) < 8 {
		return a, false
	}
	be := binary.BigEndian
	a = Answer{Action: Action(be.Uint32(b)), Transaction: Transaction(be.Uint32(b[4:])), Swarm: bittorrent.UnknownSwarm}
	switch a.Action {
	case Connect:
		if len(b) < 16 {
			return a, false
		}
		a.Connection = Connection(be.Uint64(b[8:]))
	case Announces:
		if len(b) < 20 { // opentracker answers so for a torrent that it does not serve
			a.Action, a.Reason = Failure, "an empty answer, as for a torrent that the tracker does not serve"
			return a, true
		}
		a.Interval = min(time.Duration(max(0, int32(be.Uint32(b[8:]))))*time.Second, maxInterval)
		a.Swarm.Leechers, a.Swarm.Seeders = count(b[12:]), count(b[16:])
		a.Peers = b[20:]
	case Scrapes:
		for rest := b[8:]; len(rest) >= 12; rest = rest[12:] {
			a.Swarms = append(a.Swarms, bittorrent.Swarm{Seeders: count(rest), Downloads: count(rest[4:]), Leechers: count(rest[8:])})
		}
	case Failure:
		if a.Reason = bittorrent.Sentence(b[8:]); a.Reason == "" {
			a.Reason = "no reason given"
		}
	default:
		return a, false
	}
	return a, true
}

// count reads a signed 32-bit number; any negative one becomes -1.
func count(b []byte) int64 { return max(-1, int64(int32(binary.BigEndian.Uint32(b)))) }

// CompactPeers returns the whole entries of [Answer.Peers].
func (a *Answer) CompactPeers(ipv6 bool) []byte {
	size := 6
	if ipv6 {
		size = 18
	}
	return a.Peers[:len(a.Peers)-len(a.Peers)%size]
}

// AppendConnected appends the answer to a connect.
func AppendConnected(dst []byte, t Transaction, c Connection) []byte {
	return binary.BigEndian.AppendUint64(appendAnswer(dst, Connect, t), uint64(c))
}

// AppendFailure appends a refusal in words.
func AppendFailure(dst []byte, t Transaction, reason string) []byte {
	return append(appendAnswer(dst, Failure, t), reason...)
}

func appendAnswer(dst []byte, a Action, t Transaction) []byte {
	be := binary.BigEndian
	return be.AppendUint32(be.AppendUint32(dst, uint32(a)), uint32(t))
}

// PutTransaction replaces the transaction id of a whole answer, and nothing else.
func PutTransaction(answer []byte, t Transaction) {
	binary.BigEndian.PutUint32(answer[4:8], uint32(t))
}
