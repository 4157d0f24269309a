// Package metainfo reads .torrent files (BEP 3, BEP 12, BEP 52) as bytes and changes the addresses of their trackers by
// splices. Nothing else of a file is written anew: its info dictionary, whose hash names the torrent, stays byte for
// byte, and so do odd orders and keys that nobody knows.
//
// Info dictionaries also come alone, from peers: [ParseDictionary] tells what they describe, [Build] makes a file around
// one. Files on disk do not belong here.
package metainfo

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = 64 << 20

var limits = bencode.Limits{Size: MaxSize, Depth: 100, Elements: 1 << 23}

// Torrent is a .torrent file.
type Torrent struct {
	InfoHash bittorrent.InfoHash // of one of version 2 alone the first 20 bytes of its SHA-256, as trackers are told
	Name     string              // as the file says it, which may hold anything; empty where missing

	raw      []byte
	info     bencode.Span
	trackers []bencode.Span // of strings with their lengths, in the file's order
}

// Parse reads a file; b is kept, not copied. The error is a sentence for people.
func Parse(b []byte) (Torrent, error) {
	t := Torrent{raw: b}
	if len(b) == 0 || b[0] != 'd' {
		return t, errors.New("this is no .torrent file: it does not begin with a dictionary")
	}
	n, err := bencode.Check(b, limits)
	if err != nil {
		return t, fmt.Errorf("this is no .torrent file: %w", err)
	}
	for key, value := range bencode.Entries(b, bencode.Span{End: n}) {
		switch c := b[value.Start]; {
		case string(key) == "info" && c == 'd':
			t.info = value
		case string(key) == "announce", string(key) == "announce-list":
			t.addTrackers(value)
		}
	}
	if t.info.End == 0 {
		return t, errors.New("this is no .torrent file: it has no info dictionary")
	}
	t.readInfo()
	return t, nil
}

// addTrackers takes every string of a value in. BEP 12 has lists of lists; files with a plain list are about.
func (t *Torrent) addTrackers(v bencode.Span) {
	switch c := t.raw[v.Start]; {
	case c >= '0' && c <= '9':
		t.trackers = append(t.trackers, v)
	case c == 'l':
		for inner := range bencode.Elements(t.raw, v) {
			t.addTrackers(inner)
		}
	}
}

// readInfo names the torrent.
func (t *Torrent) readInfo() {
	v1, v2 := false, false
	for key, v := range bencode.Entries(t.raw, t.info) {
		raw := v.Of(t.raw)
		switch string(key) {
		case "name":
			name, _ := bencode.Text(raw)
			t.Name = string(name)
		case "pieces":
			v1 = true
		case "meta version":
			n, _ := bencode.Int(raw)
			v2 = n == 2
		}
	}
	if info := t.info.Of(t.raw); v2 && !v1 {
		sum := sha256.Sum256(info)
		t.InfoHash = bittorrent.InfoHash(sum[:20])
	} else {
		t.InfoHash = sha1.Sum(info)
	}
}

// Dictionary is the info dictionary as it stands in the file.
func (t *Torrent) Dictionary() []byte { return t.info.Of(t.raw) }

// Trackers are the addresses of announce and announce-list in the file's order, repeats included. They may hold
// passkeys: never print them.
func (t *Torrent) Trackers() []string {
	var out []string
	for _, s := range t.trackers {
		text, _ := bencode.Text(s.Of(t.raw))
		out = append(out, string(text))
	}
	return out
}

// Readdress is a copy of the file with every tracker's address for which f has another one replaced by that, and how
// many that were. All other bytes are those of the file.
func (t *Torrent) Readdress(f func(tracker string) (string, bool)) (file []byte, changed int) {
	at := 0
	for _, s := range t.trackers {
		text, _ := bencode.Text(s.Of(t.raw))
		to, ok := f(string(text))
		if !ok || to == string(text) {
			continue
		}
		file = append(file, t.raw[at:s.Start]...)
		file = strconv.AppendInt(file, int64(len(to)), 10)
		file = append(append(file, ':'), to...)
		at = s.End
		changed++
	}
	return append(file, t.raw[at:]...), changed
}
