package names_test

import (
	"testing"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/names"
)

// TestAPrivateTorrentStaysPrivate: a torrent that is known to be private stays private whatever is learnt later,
// because an info hash belongs to one description.
func TestAPrivateTorrentStaysPrivate(t *testing.T) {
	for name, later := range map[string]names.Torrent{
		"a magnet link":                       {Name: "b"},
		"the same description, without sizes": {Name: "a"},
		"a size from elsewhere":               {Name: "a", Size: 5},
	} {
		b := names.NewBook()
		h := bittorrent.InfoHash{1}
		b.Add(h, names.Torrent{Name: "a", Private: true})
		b.Add(h, later)
		if !b.Lookup(h).Private {
			t.Errorf("after %s the torrent is no longer private", name)
		}
	}
	b := names.NewBook()
	h := bittorrent.InfoHash{2}
	b.Add(h, names.Torrent{Name: "a", Size: 5})
	b.Add(h, names.Torrent{Private: true})
	if got := b.Lookup(h); !got.Private || got.Name != "a" || got.Size != 5 {
		t.Errorf("Lookup returned %+v", got)
	}
}
