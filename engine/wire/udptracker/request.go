package udptracker

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"

	"bittoratio/engine/bittorrent"
)

// Action is the action of a datagram; the numbers are those of BEP 15.
type Action uint32

// The actions.
const (
	Connect Action = iota
	Announces
	Scrapes
	Failure // only in answers
)

// Connection is the id that a tracker gives with its answer to a connect, and that every other request must carry. A
// client may use it for one minute after receiving it; trackers accept it for two (BEP 15).
type Connection uint64

// Transaction is the number that connects an answer with its request. A request that is sent again keeps it.
type Transaction uint32

const (
	protocol  = 0x41727101980 // the connection id of every connect
	headSize  = 16            // of every request
	hashSize  = 20
	fixedSize = 98 // an announce without its tail

	connectionAt, transactionAt = 0, 12
	hashAt, peerIDAt            = 16, 36
	downloadedAt, leftAt        = 56, 64
	uploadedAt                  = 72
	eventAt, ipAt, keyAt        = 80, 84, 88
	numWantAt, portAt           = 92, 96

	// MaxUploaded is the largest total that every tracker can read: BEP 15 has signed 64-bit numbers.
	MaxUploaded = 1<<63 - 1

	// MaxHashes is how many torrents may be in one scrape (BEP 15); see [Parts].
	MaxHashes = 74

	// MaxAnswer is the size of the largest UDP datagram, in bytes: room for every answer.
	MaxAnswer = 65507
)

// Announce is an announce with all that BEP 15 has fields for.
type Announce struct {
	bittorrent.Announce
	IP      [4]byte // the client's own, IPv4; zeros for the address that the datagram comes from
	Key     uint32
	NumWant int32  // peers wanted; -1 is as many as the tracker likes
	Tail    []byte // what follows the fields: options of BEP 41, as they are on the wire
}

// Request is a datagram that a client sends to a tracker.
type Request struct {
	Action      Action // not Failure
	Connection  Connection
	Transaction Transaction
	Announce    Announce              // of an announce; its tail lies in the datagram
	Hashes      []bittorrent.InfoHash // of a scrape, one at least
}

// ParseRequest reads a client's datagram; ok is false if it does not have the form of a request. The form alone is not
// certain: a datagram of another protocol may have it, and only the connection id from the tracker's own answer
// distinguishes them. An unknown event counts as none.
func ParseRequest(b []byte) (r Request, ok bool) {
	if len(b) < headSize {
		return r, false
	}
	be := binary.BigEndian
	r = Request{Action: Action(be.Uint32(b[8:])), Connection: Connection(be.Uint64(b[connectionAt:])), Transaction: Transaction(be.Uint32(b[transactionAt:]))}
	switch r.Action {
	case Connect:
		return r, r.Connection == protocol
	case Announces:
		if len(b) < fixedSize {
			return r, false
		}
		r.Announce = parseAnnounce(b)
		return r, r.Announce.Counters.Uploaded <= MaxUploaded
	case Scrapes:
		for rest := b[headSize:]; len(rest) >= hashSize; rest = rest[hashSize:] {
			r.Hashes = append(r.Hashes, bittorrent.InfoHash(rest[:hashSize]))
		}
		return r, len(r.Hashes) > 0
	}
	return r, false
}

func parseAnnounce(b []byte) Announce {
	be := binary.BigEndian
	a := Announce{
		IP: [4]byte(b[ipAt:]), Key: be.Uint32(b[keyAt:]), NumWant: int32(be.Uint32(b[numWantAt:])),
		Announce: bittorrent.Announce{
			Port:     be.Uint16(b[portAt:]),
			InfoHash: bittorrent.InfoHash(b[hashAt:]), PeerID: bittorrent.PeerID(b[peerIDAt:]),
			Counters: bittorrent.Counters{Uploaded: be.Uint64(b[uploadedAt:]), Downloaded: be.Uint64(b[downloadedAt:]), Left: be.Uint64(b[leftAt:])},
		},
	}
	if e := be.Uint32(b[eventAt:]); e <= uint32(bittorrent.EventPaused) {
		a.Event = bittorrent.Event(e)
	}
	if len(b) > fixedSize {
		a.Tail = b[fixedSize:]
		a.Keyed = keyedTail(a.Tail)
	}
	a.Elsewhere = a.IP != [4]byte{}
	return a
}

// keyedTail reports whether options (BEP 41) may hold a key of the user. Options that cannot be read to their end may.
func keyedTail(tail []byte) bool {
	path, whole := readPath(tail)
	return !whole || bittorrent.LooksKeyed("udp://tracker:80"+path)
}

// AppendConnect appends a connect.
func AppendConnect(dst []byte, t Transaction) []byte {
	return appendHead(dst, protocol, Connect, t)
}

// AppendAnnounce appends an announce.
func AppendAnnounce(dst []byte, c Connection, t Transaction, a *Announce) []byte {
	be := binary.BigEndian
	dst = appendHead(dst, c, Announces, t)
	dst = append(append(dst, a.InfoHash[:]...), a.PeerID[:]...)
	for _, n := range []uint64{a.Counters.Downloaded, a.Counters.Left, a.Counters.Uploaded} {
		dst = be.AppendUint64(dst, n)
	}
	dst = append(be.AppendUint32(dst, uint32(a.Event)), a.IP[:]...)
	dst = be.AppendUint32(be.AppendUint32(dst, a.Key), uint32(a.NumWant))
	return append(be.AppendUint16(dst, a.Port), a.Tail...)
}

// AppendScrape appends a scrape. One with more than [MaxHashes] torrents must be sent in [Parts].
func AppendScrape(dst []byte, c Connection, t Transaction, hashes []bittorrent.InfoHash) []byte {
	dst = appendHead(dst, c, Scrapes, t)
	for _, h := range hashes {
		dst = append(dst, h[:]...)
	}
	return dst
}

// Parts yields copies of a request as it may be sent: a scrape of more than [MaxHashes] torrents in several parts, in
// order, and any other request whole.
func Parts(request []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		r, ok := ParseRequest(request)
		if !ok || len(r.Hashes) <= MaxHashes {
			yield(bytes.Clone(request))
			return
		}
		for hashes := range slices.Chunk(r.Hashes, MaxHashes) {
			if !yield(AppendScrape(nil, r.Connection, r.Transaction, hashes)) {
				return
			}
		}
	}
}

func appendHead(dst []byte, c Connection, a Action, t Transaction) []byte {
	be := binary.BigEndian
	return be.AppendUint32(be.AppendUint32(be.AppendUint64(dst, uint64(c)), uint32(a)), uint32(t))
}

// PutUploaded puts a total, in bytes, into a whole announce. Nothing else in it changes.
func PutUploaded(announce []byte, total uint64) {
	binary.BigEndian.PutUint64(announce[uploadedAt:fixedSize], total)
}

// PutConnection replaces the connection id and the transaction id of a whole request, and nothing else.
func PutConnection(request []byte, c Connection, t Transaction) {
	binary.BigEndian.PutUint64(request[connectionAt:headSize], uint64(c))
	binary.BigEndian.PutUint32(request[transactionAt:headSize], uint32(t))
}
