package peerwire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
)

// ID is the kind of a frame.
type ID byte

// The kinds of frames that this program needs. All others are skipped.
const (
	Port       ID = 9 // of the peer's DHT node, 2 bytes (BEP 5)
	Extended   ID = 20
	HashAsk    ID = 21 // BEP 52: "hash request"
	Hashes     ID = 22
	HashReject ID = 23
)

const (
	maxFrame = 1 << 20             // bytes: the bitfields of huge torrents are this long
	maxKept  = PieceSize + 16<<10  // bytes of a frame that is read
	readSize = PieceSize + 4 + 512 // one read takes a whole piece
)

// Errors of a peer that end the conversation.
var (
	ErrProtocol = errors.New("the peer speaks another protocol")
	ErrFrame    = errors.New("the peer sends a frame that is too large")
)

// Frame is one message. Body is what follows the kind; it is valid until [Reader.Next] is called again.
type Frame struct {
	ID   ID
	Body []byte
}

// Reader reads a handshake and then frames. It counts what it reads, the frames that it skips included.
type Reader struct {
	r      *bufio.Reader
	body   []byte
	Frames int   // read so far; keep-alives count
	Bytes  int64 // read so far

	// Kept counts the bytes of frames that are read, including the frame that is arriving. It may be loaded while
	// another goroutine reads.
	Kept atomic.Int64
}

// NewReader returns a reader for what a peer sends.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, readSize)} }

// Handshake reads the handshake.
func (r *Reader) Handshake() (Handshake, error) {
	var b [HandshakeSize]byte
	for i := range b { // a peer of another protocol may send less, and the rest would never come
		c, err := r.r.ReadByte()
		if err != nil {
			return Handshake{}, err
		}
		if b[i] = c; i < len(protocol) && c != protocol[i] {
			return Handshake{}, ErrProtocol
		}
	}
	h, _ := ParseHandshake(b[:])
	return h, nil
}

// Next reads one frame. wanted is false for a keep-alive, and for a frame of another kind than those above, whose body
// is skipped. The error is [ErrFrame] if the frame is too large, otherwise the connection's.
func (r *Reader) Next() (f Frame, wanted bool, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return Frame{}, false, err
	}
	size := binary.BigEndian.Uint32(head[:])
	r.Frames++
	r.Bytes += 4 + int64(size)
	switch {
	case size == 0:
		return Frame{}, false, nil
	case size > maxFrame:
		return Frame{}, false, ErrFrame
	}
	id, err := r.r.ReadByte()
	if err != nil {
		return Frame{}, false, err
	}
	n := int(size) - 1
	switch ID(id) {
	case Port, Extended, Hashes, HashReject:
		if n > maxKept {
			return Frame{}, false, ErrFrame
		}
		err = r.keep(n)
		return Frame{ID: ID(id), Body: r.body}, err == nil, err
	}
	_, err = r.r.Discard(n)
	return Frame{}, false, err
}

// keep reads the body of a frame, which may come slowly.
func (r *Reader) keep(n int) error {
	r.body = append(r.body[:0], make([]byte, n)...)
	for rest := r.body; len(rest) > 0; {
		k, err := r.r.Read(rest)
		if r.Kept.Add(int64(k)); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		rest = rest[k:]
	}
	return nil
}

// appendFrame appends the head of a frame whose body has n bytes.
func appendFrame(dst []byte, id ID, n int) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(n+1))
	return append(dst, byte(id))
}

// DHTPort reads the body of a [Port] frame.
func DHTPort(body []byte) (port uint16, ok bool) {
	if len(body) != 2 {
		return 0, false
	}
	port = binary.BigEndian.Uint16(body)
	return port, port != 0
}
