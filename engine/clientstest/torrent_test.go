//go:build clients

package clientstest

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"math/rand/v2"

	"bittoratio/engine/bittorrent"
)

// torrentSize is the size of the shared file, in bytes.
const torrentSize = 3 << 20

// pieceSize is in bytes, and divides torrentSize.
const pieceSize = 128 << 10

// torrent is a torrent of one file.
type torrent struct {
	name    string
	content []byte
	file    []byte // the .torrent
	hash    bittorrent.InfoHash
}

// newTorrent makes a private torrent (BEP 27: peers come from its tracker alone) of a file with random content.
func newTorrent(announce string) torrent { return newTorrentNamed("shared.bin", announce) }

// newTorrentNamed is newTorrent for a file with this name; another name gives another info hash.
func newTorrentNamed(name, announce string) torrent {
	k := torrent{name: name, content: make([]byte, torrentSize)}
	random := rand.NewChaCha8([32]byte{'b', 'i', 't', 't', 'o', 'r'})
	_, _ = random.Read(k.content) // never fails
	var pieces []byte
	for at := 0; at < torrentSize; at += pieceSize {
		sum := sha1.Sum(k.content[at : at+pieceSize])
		pieces = append(pieces, sum[:]...)
	}
	var dict bytes.Buffer
	fmt.Fprintf(&dict, "d6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:%s7:privatei1ee",
		torrentSize, len(k.name), k.name, pieceSize, len(pieces), pieces)
	k.hash = bittorrent.InfoHash(sha1.Sum(dict.Bytes()))
	k.file = fmt.Appendf(nil, "d8:announce%d:%s4:info%se", len(announce), announce, dict.Bytes())
	return k
}
