package names

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"bittoratio/engine/bittorrent"
)

// Torrent is what is known about a torrent. The zero value means nothing.
type Torrent struct {
	Name    string `json:"name"` // cleaned; see [Clean]
	Size    uint64 `json:"size,omitempty"`
	Private bool   `json:"private,omitempty"` // BEP 27
	Swarm   bool   `json:"swarm,omitempty"`   // it came from peers; the hash proves it
}

// bookKept is the most torrents in a book. Later ones are not added.
const bookKept = 100_000

// Book has what is known about torrents, by info hash. It is safe for concurrent use.
type Book struct {
	mu       sync.RWMutex
	torrents map[bittorrent.InfoHash]Torrent // guarded by mu
	changes  uint64                          // guarded by mu; how often the book has changed
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{torrents: map[bittorrent.InfoHash]Torrent{}} }

// Lookup returns what is known about a torrent.
func (b *Book) Lookup(h bittorrent.InfoHash) Torrent {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.torrents[h]
}

// Add stores a torrent. Empty fields do not change what is known. It reports whether something is new.
func (b *Book) Add(h bittorrent.InfoHash, t Torrent) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.torrents[h]
	if !known && len(b.torrents) >= bookKept {
		return false
	}
	if t.Name == "" || t.Swarm && old.Name != "" && !old.Swarm { // a name from this computer takes precedence
		t.Name, t.Swarm = old.Name, old.Swarm
	}
	if t.Size == 0 { // magnet links have none
		t.Size = old.Size
	}
	t.Private = t.Private || old.Private // a hash belongs to one description, and a magnet link lacks this field
	if t == old {
		return false
	}
	b.torrents[h] = t
	b.changes++
	return true
}

// Named returns the torrents whose names contain all words, in any case, in no particular order; none if there are no
// words.
func (b *Book) Named(words string) (out []bittorrent.InfoHash) {
	if words == "" {
		return nil
	}
	words = strings.ToLower(words)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for h, t := range b.torrents {
		if strings.Contains(strings.ToLower(t.Name), words) {
			out = append(out, h)
		}
	}
	return out
}

// Changes returns a number that grows with each change.
func (b *Book) Changes() uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.changes
}

// Text returns the whole book as JSON, for [Book.Restore].
func (b *Book) Text() []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make(map[string]Torrent, len(b.torrents))
	for h, t := range b.torrents {
		all[h.String()] = t
	}
	text, err := json.Marshal(all)
	if err != nil { // never: strings, numbers and truth values can be encoded
		panic(err)
	}
	return text
}

// Restore adds what Text returned. From a damaged text it adds nothing.
func (b *Book) Restore(text []byte) error {
	var all map[string]Torrent
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("names: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, t := range all {
		h, err := bittorrent.ParseInfoHash(key)
		if err != nil || len(b.torrents) >= bookKept {
			continue
		}
		t.Name = Clean(t.Name)
		b.torrents[h] = t
	}
	return nil
}
