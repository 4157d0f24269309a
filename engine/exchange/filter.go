package exchange

import (
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
)

// Filter chooses entries; the zero value chooses all.
type Filter struct {
	Outcomes []Outcome // any of these; none is all
	Tracker  string    // a part of the host as shown, without case
	Torrent  string    // a part of the info hash's 40 hex digits, without case
	Hashes   []bittorrent.InfoHash
}

// Match reports whether an entry is chosen. Torrent and Hashes are alternatives: one of them must fit, where there are any.
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
