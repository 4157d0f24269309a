// Package bittorrent holds the words of the field as values: info hashes, peer ids, events, announces, swarms,
// tracker addresses. It knows no sockets, no files and no clock, and imports nothing of this program.
//
// A passkey is part of many tracker addresses, so [TrackerURL] prints itself without it: what a log or a window
// gets by accident is already safe.
package bittorrent
