package metainfo

import (
	"errors"
	"iter"

	"bittoratio/engine/wire/bencode"
)

// Dictionary is an info dictionary, as a .torrent holds it and as peers send it (BEP 9).
type Dictionary struct {
	Name        string // unchecked: it may hold anything; empty if missing
	Private     bool   // BEP 27: only its own trackers may name peers
	PieceLength int64  // in bytes; 0 if missing or impossible
	V1, V2      bool   // which versions it has (BEP 52); both for a hybrid

	raw    []byte
	length int64 // of a single-file torrent of version 1; −1 otherwise
	files  bencode.Span
	tree   bencode.Span
}

// File is one file of a torrent.
type File struct {
	Path [][]byte // unchecked: its parts may hold anything; valid until the next file
	Size int64    // in bytes; 0 for an impossible length
	Root []byte   // "pieces root", 32 bytes; nil in version 1 and for an empty file
}

// ParseDictionary reads an info dictionary; b is kept, not copied. The error is a sentence for people.
func ParseDictionary(b []byte) (Dictionary, error) {
	i := Dictionary{raw: b, length: -1}
	n, err := bencode.Check(b, limits)
	if err != nil || b[0] != 'd' || n != len(b) {
		return Dictionary{}, errors.New("the description of the torrent cannot be read: it is no dictionary")
	}
	for key, v := range bencode.Entries(b, bencode.Span{End: n}) {
		raw := v.Of(b)
		switch string(key) {
		case "name":
			name, _ := bencode.Text(raw)
			i.Name = string(name)
		case "private":
			n, _ := bencode.Int(raw)
			i.Private = n != 0 // as clients read it
		case "piece length":
			n, _ := bencode.Int(raw)
			i.PieceLength = max(n, 0)
		case "pieces":
			i.V1 = true
		case "meta version":
			n, _ := bencode.Int(raw)
			i.V2 = n == 2
		case "length":
			n, _ := bencode.Int(raw)
			i.length = max(n, 0)
		case "files":
			i.files = v
		case "file tree":
			i.tree = v
		}
	}
	return i, nil
}

// Files yields the files in the torrent's order, without padding files (BEP 47). A hybrid torrent has the same files in
// both versions; they are read from version 2.
func (i *Dictionary) Files() iter.Seq[File] {
	return func(yield func(File) bool) {
		switch {
		case i.V2 && i.tree.End > 0:
			i.walk(i.tree, nil, yield)
		case i.files.End > 0:
			i.list(yield)
		case i.length >= 0:
			yield(File{Path: [][]byte{[]byte(i.Name)}, Size: i.length})
		}
	}
}

// list yields the files of version 1.
func (i *Dictionary) list(yield func(File) bool) {
	var path [][]byte
	for entry := range bencode.Elements(i.raw, i.files) {
		f, padding := File{}, false
		for key, v := range bencode.Entries(i.raw, entry) {
			raw := v.Of(i.raw)
			switch string(key) {
			case "length":
				n, _ := bencode.Int(raw)
				f.Size = max(n, 0)
			case "attr":
				attr, _ := bencode.Text(raw)
				for _, c := range attr {
					padding = padding || c == 'p'
				}
			case "path":
				path = path[:0]
				for part := range bencode.Elements(i.raw, v) {
					text, _ := bencode.Text(part.Of(i.raw))
					path = append(path, text)
				}
				f.Path = path
			}
		}
		if !padding && !yield(f) {
			return
		}
	}
}

// walk yields the files below a node of the file tree of version 2. The key "" of a node has the properties of a file.
// The guard limits the depth. walk returns false if yield did: then no more files are wanted.
func (i *Dictionary) walk(node bencode.Span, path [][]byte, yield func(File) bool) bool {
	for name, v := range bencode.Entries(i.raw, node) {
		if len(name) > 0 {
			if !i.walk(v, append(path, name), yield) {
				return false
			}
			continue
		}
		f := File{Path: path}
		for key, about := range bencode.Entries(i.raw, v) {
			raw := about.Of(i.raw)
			switch string(key) {
			case "length":
				n, _ := bencode.Int(raw)
				f.Size = max(n, 0)
			case "pieces root":
				if root, _ := bencode.Text(raw); len(root) == 32 {
					f.Root = root
				}
			}
		}
		if !yield(f) {
			return false
		}
	}
	return true
}
