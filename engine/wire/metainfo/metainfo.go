// Package metainfo reads .torrent files (BEP 3, BEP 12, BEP 52) as bytes and changes the addresses of their trackers by
// splices. Nothing else of a file is rewritten: its info dictionary, whose hash names the torrent, stays byte for byte,
// and so do odd orders and unknown keys.
//
// Peers send info dictionaries alone: [ParseDictionary] reads one, [Build] makes a file from one. This package does not
// access the disk.
package metainfo

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = 64 << 20

var limits = bencode.Limits{Size: MaxSize, Depth: 100, Elements: 1 << 23}

// Torrent is a .torrent file.
type Torrent struct {
	InfoHash bittorrent.InfoHash // for version 2 alone the first 20 bytes of the SHA-256, as sent to trackers
	Name     string              // unchecked: it may hold anything; empty if missing

	raw      []byte
	info     bencode.Span
	nodes    bencode.Span
	trackers []bencode.Span // of strings with their lengths, in the file's order
}

// ErrNotTorrent is part of each error of [Parse].
var ErrNotTorrent = errors.New("this is no .torrent file")

// Parse reads a file; b is kept, not copied. The error is a sentence for people.
func Parse(b []byte) (Torrent, error) {
	t := Torrent{raw: b}
	if len(b) == 0 || b[0] != 'd' {
		return t, fmt.Errorf("%w: it does not begin with a dictionary", ErrNotTorrent)
	}
	n, err := bencode.Check(b, limits)
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrNotTorrent, err)
	}
	for key, value := range bencode.Entries(b, bencode.Span{End: n}) {
		switch c := b[value.Start]; {
		case string(key) == "info" && c == 'd':
			t.info = value
		case string(key) == "announce", string(key) == "announce-list":
			t.addTrackers(value)
		case string(key) == "nodes" && c == 'l':
			t.nodes = value
		}
	}
	if t.info.End == 0 {
		return t, fmt.Errorf("%w: it has no info dictionary", ErrNotTorrent)
	}
	t.readInfo()
	return t, nil
}

// addTrackers adds every string in a value. BEP 12 has lists of lists; some files have a plain list.
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

// readInfo sets InfoHash and Name.
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

// Dictionary returns the info dictionary as it is in the file.
func (t *Torrent) Dictionary() []byte { return t.info.Of(t.raw) }

// Trackers returns the addresses of announce and announce-list in the file's order, repeats included. They may hold
// passkeys: never print them.
func (t *Torrent) Trackers() []string {
	var out []string
	for _, s := range t.trackers {
		text, _ := bencode.Text(s.Of(t.raw))
		out = append(out, string(text))
	}
	return out
}

// Link returns the torrent as a magnet link with its trackers, which may hold passkeys.
func (t *Torrent) Link() (bittorrent.Magnet, error) {
	d, err := ParseDictionary(t.Dictionary())
	if err != nil {
		return bittorrent.Magnet{}, err
	}
	var topics []string
	if d.V1 || !d.V2 {
		topics = append(topics, fmt.Sprintf("xt=urn:btih:%x", sha1.Sum(t.Dictionary())))
	}
	if d.V2 {
		topics = append(topics, fmt.Sprintf("xt=urn:btmh:1220%x", sha256.Sum256(t.Dictionary())))
	}
	link := "magnet:?" + strings.Join(topics, "&")
	if t.Name != "" && len(t.Name) < 1<<10 {
		link += "&dn=" + url.QueryEscape(t.Name)
	}
	var trackers []string
	for _, tracker := range t.Trackers() {
		if pair := "&tr=" + url.QueryEscape(tracker); tracker != "" && !slices.Contains(trackers, pair) && len(link)+len(pair) <= bittorrent.MaxMagnet {
			trackers, link = append(trackers, pair), link+pair
		}
	}
	return bittorrent.ParseMagnet(link)
}

// Nodes returns the nodes of the DHT that the file names by address (BEP 5), at most 50. Host names are left out, so
// that a stranger's file causes no lookups.
func (t *Torrent) Nodes() (out []netip.AddrPort) {
	const most = 50
	for entry := range bencode.Elements(t.raw, t.nodes) {
		var host []byte
		port := int64(0)
		i := 0
		for v := range bencode.Elements(t.raw, entry) {
			if i == 0 {
				host, _ = bencode.Text(v.Of(t.raw))
			} else if i == 1 {
				port, _ = bencode.Int(v.Of(t.raw))
			}
			i++
		}
		if a, err := netip.ParseAddr(string(host)); err == nil && port > 0 && port < 1<<16 && len(out) < most {
			out = append(out, netip.AddrPortFrom(a.Unmap(), uint16(port)))
		}
	}
	return out
}

// Readdress returns a copy of the file in which every tracker's address for which f returns true is replaced by the one
// that f returns, and the number of replacements. All other bytes stay.
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
