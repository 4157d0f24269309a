package metainfo

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
)

// Around has the fields of a .torrent outside its info dictionary.
type Around struct {
	Trackers []string         // one per tier, in this order; empty ones and repeats are left out
	WebSeeds []string         // BEP 19
	Nodes    []netip.AddrPort // of the DHT (BEP 5)

	// Layers maps the "pieces root" of each file larger than a piece to the hashes of its pieces: without them a
	// torrent of version 2 is not valid (BEP 52). nil for version 1.
	Layers map[string][]byte
}

// Build returns a .torrent with this info dictionary, byte for byte. It adds no program name and no date.
func Build(info []byte, a Around) []byte {
	b := []byte{'d'}
	var trackers []string
	for _, t := range a.Trackers {
		if t != "" && !slices.Contains(trackers, t) {
			trackers = append(trackers, t)
		}
	}
	if len(trackers) > 0 {
		b = appendText(appendText(b, "announce"), trackers[0])
	}
	if len(trackers) > 1 {
		b = append(appendText(b, "announce-list"), 'l')
		for _, t := range trackers {
			b = append(appendText(append(b, 'l'), t), 'e')
		}
		b = append(b, 'e')
	}
	b = append(appendText(b, "info"), info...)
	if len(a.Nodes) > 0 {
		b = append(appendText(b, "nodes"), 'l')
		for _, n := range a.Nodes {
			b = appendText(append(b, 'l'), n.Addr().String())
			b = append(strconv.AppendUint(append(b, 'i'), uint64(n.Port()), 10), 'e', 'e')
		}
		b = append(b, 'e')
	}
	if a.Layers != nil {
		b = append(appendText(b, "piece layers"), 'd')
		for _, root := range slices.Sorted(maps.Keys(a.Layers)) {
			b = appendText(appendText(b, root), string(a.Layers[root]))
		}
		b = append(b, 'e')
	}
	if len(a.WebSeeds) > 0 {
		b = append(appendText(b, "url-list"), 'l')
		for _, w := range a.WebSeeds {
			b = appendText(b, w)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

//go:noinline
func appendText(dst []byte, s string) []byte {
	dst = append(strconv.AppendInt(dst, int64(len(s)), 10), ':')
	return append(dst, s...)
}
