// Package bittorrent has the values of the field: info hashes, peer ids, events, announces, swarms, tracker addresses.
// It uses no sockets, no files and no clock, and imports no other package of this program.
//
// Many tracker addresses have a passkey, so [TrackerURL] prints itself without it: nothing can show one by accident.
package bittorrent
