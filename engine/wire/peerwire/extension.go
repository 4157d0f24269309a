package peerwire

import (
	"strconv"

	"bittoratio/engine/wire/bencode"
)

// PieceSize is how many bytes of the metadata one message holds; the last may hold fewer (BEP 9).
const PieceSize = 16 << 10

// MaxMetadata is the size of the largest metadata that is accepted, in bytes.
const MaxMetadata = 16 << 20

// MetadataID is the number by which peers send us metadata messages.
const MetadataID = 1

// limits of the dictionaries in extended messages.
var limits = bencode.Limits{Size: maxKept, Depth: 16, Elements: 4096}

// Extensions holds the fields of a peer's extension handshake (BEP 10) that matter here.
type Extensions struct {
	Metadata byte   // the peer's number for metadata messages; 0 if it takes none
	Size     int    // of the metadata in bytes; 0 if missing or TooLarge
	TooLarge bool   // the metadata has more than MaxMetadata bytes
	Client   string // name and version of its program, unchecked: it may hold anything
}

// AppendExtensions appends our extension handshake, which holds no more about us than is needed.
func AppendExtensions(dst []byte) []byte {
	const handshake = "d1:md11:ut_metadatai" + "1" + "eee"
	dst = append(appendFrame(dst, Extended, 1+len(handshake)), 0)
	return append(dst, handshake...)
}

// ParseExtended splits the body of an [Extended] frame: the number is 0 for an extension handshake, otherwise the one
// that we gave to an extension.
func ParseExtended(body []byte) (number byte, message []byte, ok bool) {
	if len(body) == 0 {
		return 0, nil, false
	}
	return body[0], body[1:], true
}

// ParseExtensions reads an extension handshake; ok is false if it is not a dictionary.
func ParseExtensions(message []byte) (e Extensions, ok bool) {
	n, err := bencode.Check(message, limits)
	if err != nil || message[0] != 'd' {
		return Extensions{}, false
	}
	for key, v := range bencode.Entries(message, bencode.Span{End: n}) {
		switch string(key) {
		case "m":
			for name, number := range bencode.Entries(message, v) {
				if i, ok := bencode.Int(number.Of(message)); ok && string(name) == "ut_metadata" && i >= 0 && i <= 255 {
					e.Metadata = byte(i)
				}
			}
		case "metadata_size":
			if i, ok := bencode.Int(v.Of(message)); ok && i > MaxMetadata {
				e.TooLarge = true
			} else if ok && i > 0 {
				e.Size = int(i)
			}
		case "v":
			name, _ := bencode.Text(v.Of(message))
			e.Client = string(name)
		}
	}
	return e, true
}

// Kind is the kind of a metadata message (BEP 9).
type Kind int64

// The kinds of metadata messages. Others must be ignored.
const (
	Ask Kind = iota
	Piece
	Reject
)

// Metadata is one metadata message.
type Metadata struct {
	Kind  Kind
	Index int    // of the piece
	Bytes []byte // of a [Piece]; shared with the message
}

// ParseMetadata reads a metadata message; ok is false for anything else.
func ParseMetadata(message []byte) (m Metadata, ok bool) {
	n, err := bencode.Check(message, limits)
	if err != nil || message[0] != 'd' {
		return Metadata{}, false
	}
	kind, index := int64(-1), int64(-1)
	for key, v := range bencode.Entries(message, bencode.Span{End: n}) {
		switch i, isInt := bencode.Int(v.Of(message)); {
		case !isInt:
		case string(key) == "msg_type":
			kind = i
		case string(key) == "piece":
			index = i
		}
	}
	if kind > int64(Reject) {
		return Metadata{Kind: Kind(kind)}, true // whatever its content
	}
	if kind < 0 || index < 0 || index > MaxMetadata/PieceSize {
		return Metadata{}, false
	}
	return Metadata{Kind: Kind(kind), Index: int(index), Bytes: message[n:]}, true
}

// AppendAsk appends the request for a piece of metadata. number is the peer's for such messages.
func AppendAsk(dst []byte, number byte, index int) []byte {
	var b [64]byte
	message := append(b[:0], "d8:msg_typei0e5:piecei"...)
	message = append(strconv.AppendInt(message, int64(index), 10), "ee"...)
	dst = append(appendFrame(dst, Extended, 1+len(message)), number)
	return append(dst, message...)
}

// Pieces returns how many messages metadata of this size takes.
func Pieces(size int) int { return (size + PieceSize - 1) / PieceSize }

// PieceLength returns how many bytes a piece of metadata of this size has.
func PieceLength(size, index int) int { return min(PieceSize, size-index*PieceSize) }
