// Package bittorrent holds the words of the field as values: info hashes, peer ids, events, announces, swarms,
// tracker addresses. It knows no sockets, no files and no clock, and imports nothing of this program.
//
// Many tracker addresses have a passkey, so [TrackerURL] prints itself without it: nothing can show one by accident.
package bittorrent
