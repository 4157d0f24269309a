package exchange

import (
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
)

// Filter chooses entries; the zero value chooses all.
type Filter struct {
	Outcomes []Outcome // any of these; all if empty
	Tracker  string    // part of the host as shown, in any case
	Torrent  string    // part of the info hash's 40 hex digits, in any case
	Hashes   []bittorrent.InfoHash
}

// Match reports whether the filter accepts an entry. Torrent and Hashes are alternatives: if either is set, one of them
// must fit.
func (f *Filter) Match(e *Entry) bool {
	if len(f.Outcomes) > 0 && !slices.Contains(f.Outcomes, e.Outcome) {
		return false
	}
	if f.Tracker != "" && !strings.Contains(strings.ToLower(e.Tracker), strings.ToLower(f.Tracker)) {
		return false
	}
	if f.Torrent == "" && len(f.Hashes) == 0 {
		return true
	}
	return f.Torrent != "" && e.InfoHash != (bittorrent.InfoHash{}) && strings.Contains(e.InfoHash.String(), strings.ToLower(f.Torrent)) ||
		slices.Contains(f.Hashes, e.InfoHash)
}
