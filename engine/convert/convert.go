// Package convert leads the trackers of .torrent files, magnet links and a running client through the gateway, and
// back.
package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/clients"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/metainfo"
)

// Result is a .torrent file or a magnet link whose trackers lead through this program's gateway, or no longer do.
// Exactly one of File and Magnet is set; both may hold passkeys.
type Result struct {
	InfoHash bittorrent.InfoHash // the same as before
	Name     string              // of the torrent; empty if it has none
	File     []byte
	Magnet   string
	Changed  int // tracker addresses that changed
	Left     int // addresses that stayed: no gateway serves them, or they were already as requested

	// Past are trackers that no gateway serves, masked for the screen and each once: the client announces to them
	// directly, with its own totals. It is empty if the conversion was undone.
	Past []string
}

// Error is why something was not converted, as a sentence for people without a full stop.
type Error struct {
	Kind   Kind
	Reason string // in English
}

// Kind is why something was not converted, for callers that have their own texts.
type Kind uint8

// The kinds.
const (
	Other             Kind = iota // see Reason
	NothingToTurnBack             // no tracker leads through the gateway
	NoTracker                     // the torrent names none
	NothingToConvert              // the trackers lead through the gateway already, or it serves none of them
	NotServed                     // the address is not one that the gateway serves
	NoPort                        // the gateway's port is unknown
	HoldsMagnet                   // the file contains a magnet link
	Exists                        // the copy's name is taken
	NotTorrent                    // the file is no .torrent file, or is damaged
	NotMagnet                     // the link names no torrent
	BlankInMagnet                 // the link has a space or a line break in it: it may be two links
	TooLarge                      // the file is too large
	NotPlain                      // the file is a folder, a pipe or a device
)

// Unread returns an error of reading a torrent or a link, with its kind.
func Unread(err error) *Error {
	kind := Other
	switch {
	case errors.Is(err, metainfo.ErrNotTorrent):
		kind = NotTorrent
	case errors.Is(err, bittorrent.ErrNotMagnet), errors.Is(err, bittorrent.ErrMagnetTopic):
		kind = NotMagnet
	case errors.Is(err, bittorrent.ErrMagnetBlank):
		kind = BlankInMagnet
	case errors.Is(err, store.ErrTooLarge):
		kind = TooLarge
	case errors.Is(err, store.ErrNotPlain):
		kind = NotPlain
	}
	return &Error{kind, err.Error()}
}

func (e *Error) Error() string { return e.Reason }

// Bytes converts a .torrent file, or a magnet link as text, so that a client reaches its trackers through the gateway
// of a program that listens at listen (host:port). With back it undoes that, whatever the port was. The info
// dictionary, web seeds, tiers and order stay byte for byte. The error is a *[Error].
func Bytes(source []byte, listen string, back bool) (Result, error) {
	addr, err := clientAddr(listen)
	if err != nil && !back {
		return Result{}, err
	}
	var c Result
	if text := strings.TrimSpace(string(source[:min(len(source), bittorrent.MaxMagnet)])); bittorrent.IsMagnet(text) {
		c, err = convertMagnet(string(source), addr, back)
	} else {
		c, err = convertFile(source, addr, back)
	}
	switch {
	case err != nil:
		return Result{}, Unread(err)
	case c.Changed > 0:
		return c, nil
	case back:
		return Result{}, &Error{NothingToTurnBack, "no tracker of this torrent leads through the gateway: there is nothing to turn back"}
	case c.Left == 0:
		return Result{}, &Error{NoTracker, "this torrent names no tracker"}
	}
	return Result{}, &Error{NothingToConvert, "nothing is to be converted: the trackers of this torrent lead through " + addr + " already, or are none that the gateway serves (http, https, and udp with a port)"}
}

// Tracker converts one tracker's address as [Bytes] does, for clients that can change the trackers of their torrents.
func Tracker(address, listen string, back bool) (string, error) {
	address = strings.TrimSpace(address) // it was pasted
	if back {
		if to, ok := bittorrent.FromGateway(address); ok {
			return to, nil
		}
		return "", &Error{NothingToTurnBack, "this address does not lead through the gateway: there is nothing to turn back"}
	}
	addr, err := clientAddr(listen)
	if err != nil {
		return "", err
	}
	if to, ok := bittorrent.ThroughGateway(address, addr); ok {
		return to, nil
	}
	return "", &Error{NotServed, "this is no tracker's address that the gateway serves (http, https, and udp with a port)"}
}

func convertMagnet(link, addr string, back bool) (Result, error) {
	m, err := bittorrent.ParseMagnet(link)
	if err != nil {
		return Result{}, err
	}
	c := Result{InfoHash: m.InfoHash, Name: m.Name}
	if back {
		m, c.Changed = m.FromGateway()
	} else {
		c.Past = past(m.Trackers(), addr)
		m, c.Changed = m.ThroughGateway(addr)
	}
	c.Magnet, c.Left = m.Secret(), len(m.Trackers())-c.Changed
	return c, nil
}

func convertFile(source []byte, addr string, back bool) (Result, error) {
	t, err := metainfo.Parse(source)
	if err != nil {
		return Result{}, err
	}
	c := Result{InfoHash: t.InfoHash, Name: t.Name}
	if back {
		c.File, c.Changed = t.Readdress(bittorrent.FromGateway)
	} else {
		c.Past = past(t.Trackers(), addr)
		c.File, c.Changed = t.Readdress(func(k string) (string, bool) { return bittorrent.ThroughGateway(k, addr) })
	}
	c.Left = len(t.Trackers()) - c.Changed
	return c, nil
}

// past returns the trackers of a torrent that no gateway serves.
func past(trackers []string, addr string) (shown []string) {
	for _, t := range trackers {
		if _, ok := bittorrent.ThroughGateway(t, addr); ok || t == "" {
			continue
		}
		if s := shownAddress(t); !slices.Contains(shown, s) {
			shown = append(shown, s)
		}
	}
	return shown
}

// clientAddr returns the address by which a client on this computer reaches listen.
func clientAddr(listen string) (string, error) {
	a, err := clients.ParseAddress(listen)
	if errors.Is(err, clients.ErrNoPort) {
		return "", &Error{NoPort, "the gateway's port is not known: choose one in the settings, or give it with -listen"}
	}
	if err != nil {
		return "", &Error{Other, err.Error()}
	}
	return a.Addr, nil
}

// The names of the copies: movie.torrent, movie.bittoratio.torrent, and after an undo movie.original.torrent.
const (
	torrentSuffix  = ".torrent"
	gatewaySuffix  = ".bittoratio"
	originalSuffix = ".original"
)

// File is [Bytes] for a file on disk: it writes the copy beside the file, under a new name, with the file's
// permissions. It never overwrites a file; an existing copy with the same bytes is accepted. The error is a *[Error].
func File(path, listen string, back bool) (copied string, c Result, err error) {
	source, mode, err := store.ReadBeside(path, metainfo.MaxSize)
	if err != nil {
		return "", c, fileError("cannot be read", path, err)
	}
	if c, err = Bytes(source, listen, back); err != nil {
		return "", c, err
	}
	if c.File == nil {
		return "", Result{}, &Error{HoldsMagnet, "this file holds a magnet link; give the link itself"}
	}
	stem := path
	if strings.EqualFold(filepath.Ext(path), torrentSuffix) {
		stem = strings.TrimSuffix(path[:len(path)-len(torrentSuffix)], gatewaySuffix)
	}
	if copied = stem + gatewaySuffix + torrentSuffix; back {
		copied = stem + originalSuffix + torrentSuffix
	}
	err = store.WriteBeside(copied, c.File, mode)
	if errors.Is(err, fs.ErrExist) {
		if old, _, err := store.ReadBeside(copied, metainfo.MaxSize); err == nil && bytes.Equal(old, c.File) {
			return copied, c, nil
		}
		return "", Result{}, &Error{Exists, filepath.Base(copied) + " is there already and holds something else; rename or remove it first"}
	}
	if err != nil {
		return "", Result{}, fileError("cannot be written", copied, err)
	}
	return copied, c, nil
}

// fileError returns an error of the system without the folders, which a log must not contain.
func fileError(what, path string, err error) *Error {
	var disk *store.Error
	if errors.As(err, &disk) {
		err = disk.Err
	}
	return Unread(fmt.Errorf("%s %s: %w", filepath.Base(path), what, err))
}
