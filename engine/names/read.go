package names

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/bencode"
	"bittoratio/engine/wire/metainfo"
)

// fileSize is the size of the largest .torrent file that is read, in bytes.
const fileSize = 16 << 20

var limits = bencode.Limits{Size: fileSize, Depth: 100, Elements: 1 << 21}

// Take adds the torrent of a .torrent file or a magnet link to the book. The error is a text for people that quotes
// nothing from the source.
func (b *Book) Take(source []byte) (h bittorrent.InfoHash, fresh bool, err error) {
	if head := string(source[:min(len(source), bittorrent.MaxMagnet)]); bittorrent.IsMagnet(head) {
		m, err := bittorrent.ParseMagnet(head)
		if err != nil {
			return h, false, err
		}
		return m.InfoHash, b.Add(m.InfoHash, Torrent{Name: Clean(m.Name)}), nil
	}
	f, err := metainfo.Parse(source)
	if err != nil {
		return h, false, err
	}
	t, hybrid := read(&f)
	fresh = b.Add(f.InfoHash, t)
	if hybrid { // it is announced by either of its hashes (BEP 52)
		sum := sha256.Sum256(f.Dictionary())
		fresh = b.Add(bittorrent.InfoHash(sum[:20]), t) || fresh
	}
	return f.InfoHash, fresh, nil
}

// TakeFile is Take for a file; it does not open pipes, links and devices.
func (b *Book) TakeFile(path string) (h bittorrent.InfoHash, fresh bool, err error) {
	source, err := store.ReadPlain(path, fileSize)
	if errors.Is(err, store.ErrTooLarge) {
		return h, false, fmt.Errorf("%w for a .torrent file", store.ErrTooLarge)
	}
	if err != nil {
		return h, false, err
	}
	return b.Take(source)
}

// content has what is read from an info dictionary. Every field may be of any type.
type content struct {
	NameUTF8    bencode.RawMessage `bencode:"name.utf-8"`
	Length      bencode.RawMessage `bencode:"length"`
	Files       bencode.RawMessage `bencode:"files"`
	FileTree    bencode.RawMessage `bencode:"file tree"`
	MetaVersion bencode.RawMessage `bencode:"meta version"`
	Private     bencode.RawMessage `bencode:"private"`
}

// read returns a file's torrent, and whether it has two info hashes.
func read(f *metainfo.Torrent) (t Torrent, hybrid bool) {
	t.Name = Clean(f.Name)
	var c content
	if bencode.Unmarshal(f.Dictionary(), limits, &c) != nil {
		return t, false
	}
	if name, ok := bencode.Text(c.NameUTF8); ok {
		t.Name = Clean(string(name))
	}
	if private, ok := bencode.Int(c.Private); ok {
		t.Private = private != 0 // as clients read it
	}
	switch {
	case len(c.Length) > 0:
		t.Size = length(c.Length)
	case len(c.Files) > 0:
		var files []struct {
			Length bencode.RawMessage `bencode:"length"`
		}
		if bencode.Unmarshal(c.Files, limits, &files) == nil {
			for _, f := range files {
				t.Size = add(t.Size, length(f.Length))
			}
		}
	default:
		t.Size = treeSize(c.FileTree)
	}
	version, _ := bencode.Int(c.MetaVersion)
	return t, version == 2 && f.InfoHash == sha1.Sum(f.Dictionary())
}

// treeSize returns the total size of the files in a tree (BEP 52): a file is a dictionary under an empty key. The guard
// limits the depth.
func treeSize(raw bencode.RawMessage) (size uint64) {
	var dir map[string]bencode.RawMessage
	if len(raw) == 0 || raw[0] != 'd' || bencode.Unmarshal(raw, limits, &dir) != nil {
		return 0
	}
	for name, inner := range dir {
		if name != "" {
			size = add(size, treeSize(inner))
			continue
		}
		var file struct {
			Length bencode.RawMessage `bencode:"length"`
		}
		if bencode.Unmarshal(inner, limits, &file) == nil {
			size = add(size, length(file.Length))
		}
	}
	return size
}

func length(raw bencode.RawMessage) uint64 {
	n, _ := bencode.Int(raw)
	return uint64(max(n, 0))
}

// add returns the sum of two sizes in bytes, at most the largest int64.
func add(a, b uint64) uint64 {
	if a > math.MaxInt64-min(b, math.MaxInt64) {
		return math.MaxInt64
	}
	return a + b
}
