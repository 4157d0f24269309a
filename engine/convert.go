package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/store"
	"bittoratio/engine/wire/metainfo"
)

// Converted is a .torrent file or a magnet link whose trackers are reached through this program's gateway, or no
// longer are. Exactly one of File and Magnet is set; both may hold passkeys.
type Converted struct {
	InfoHash bittorrent.InfoHash // the same as before
	Name     string              // of the torrent, as it says it; empty where it does not
	File     []byte
	Magnet   string
	Changed  int // trackers' addresses that are others than before
	Left     int // those that stayed: no gateway serves them, or they were as wanted already

	// Past are trackers that no gateway serves, masked for the screen and each once: the client goes to them past this
	// program, and tells them its own figures. Of a torrent that was turned back there are none to be named.
	Past []string
}

// ConvertError is what could not be converted, in a sentence for people without a point.
type ConvertError struct{ Reason string }

func (e *ConvertError) Error() string { return e.Reason }

// Convert turns a .torrent file, or a magnet link as text, into one whose trackers a client reaches through the
// gateway of a program that listens at listen (host:port as in [Settings] or [Snapshot]); back turns one that was
// converted into what it was, whatever port that was for. The info dictionary, web seeds, tiers and order stay byte
// for byte. The error is a *[ConvertError].
func Convert(source []byte, listen string, back bool) (Converted, error) {
	addr, err := clientAddr(listen)
	if err != nil && !back {
		return Converted{}, err
	}
	var c Converted
	if text := strings.TrimSpace(string(source[:min(len(source), bittorrent.MaxMagnet)])); bittorrent.IsMagnet(text) {
		c, err = convertMagnet(string(source), addr, back)
	} else {
		c, err = convertFile(source, addr, back)
	}
	switch {
	case err != nil:
		return Converted{}, &ConvertError{err.Error()}
	case c.Changed > 0:
		return c, nil
	case back:
		return Converted{}, &ConvertError{"no tracker of this torrent leads through the gateway: there is nothing to turn back"}
	case c.Left == 0:
		return Converted{}, &ConvertError{"this torrent names no tracker"}
	}
	return Converted{}, &ConvertError{"nothing is to be converted: the trackers of this torrent lead through " + addr + " already, or are none that the gateway serves (http, https, and udp with a port)"}
}

// ConvertTracker is what [Convert] makes of one tracker's address, for clients whose torrents can be given others.
func ConvertTracker(address, listen string, back bool) (string, error) {
	if back {
		if to, ok := bittorrent.FromGateway(address); ok {
			return to, nil
		}
		return "", &ConvertError{"this address does not lead through the gateway: there is nothing to turn back"}
	}
	addr, err := clientAddr(listen)
	if err != nil {
		return "", err
	}
	if to, ok := bittorrent.ThroughGateway(address, addr); ok {
		return to, nil
	}
	return "", &ConvertError{"this is no tracker's address that the gateway serves (http, https, and udp with a port)"}
}

func convertMagnet(link, addr string, back bool) (Converted, error) {
	m, err := bittorrent.ParseMagnet(link)
	if err != nil {
		return Converted{}, err
	}
	c := Converted{InfoHash: m.InfoHash, Name: m.Name}
	if back {
		m, c.Changed = m.FromGateway()
	} else {
		c.Past = past(m.Trackers(), addr)
		m, c.Changed = m.ThroughGateway(addr)
	}
	c.Magnet, c.Left = m.Secret(), len(m.Trackers())-c.Changed
	return c, nil
}

func convertFile(source []byte, addr string, back bool) (Converted, error) {
	t, err := metainfo.Parse(source)
	if err != nil {
		return Converted{}, err
	}
	c := Converted{InfoHash: t.InfoHash, Name: t.Name}
	if back {
		c.File, c.Changed = t.Readdress(bittorrent.FromGateway)
	} else {
		c.Past = past(t.Trackers(), addr)
		c.File, c.Changed = t.Readdress(func(k string) (string, bool) { return bittorrent.ThroughGateway(k, addr) })
	}
	c.Left = len(t.Trackers()) - c.Changed
	return c, nil
}

// past are those of a torrent's trackers that no gateway serves.
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

// clientAddr is how a client on this computer writes an address that is listened on.
func clientAddr(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return "", &ConvertError{"the gateway's port is not known: choose one in the settings, or give it with -listen"}
	}
	if a, err := netip.ParseAddr(host); err != nil || a.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// How the copies are named: movie.torrent, movie.bittoratio.torrent, and back movie.original.torrent.
const (
	torrentSuffix  = ".torrent"
	gatewaySuffix  = ".bittoratio"
	originalSuffix = ".original"
)

// ConvertFile is [Convert] for a file on disk: the copy is written beside it, under a new name, for those who may read
// the file. Nothing is ever written over; a copy of the very same bytes that is there already serves. The error is a
// *[ConvertError].
func ConvertFile(path, listen string, back bool) (copied string, c Converted, err error) {
	source, mode, err := store.ReadBeside(path, metainfo.MaxSize)
	if err != nil {
		return "", c, fileError("cannot be read", path, err)
	}
	if c, err = Convert(source, listen, back); err != nil {
		return "", c, err
	}
	if c.File == nil {
		return "", Converted{}, &ConvertError{"this file holds a magnet link; give the link itself"}
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
		return "", Converted{}, &ConvertError{filepath.Base(copied) + " is there already and holds something else; rename or remove it first"}
	}
	if err != nil {
		return "", Converted{}, fileError("cannot be written", copied, err)
	}
	return copied, c, nil
}

// fileError says what the disk did not allow, without the folders, which are nobody's business in a log.
func fileError(what, path string, err error) *ConvertError {
	var disk *store.Error
	if errors.As(err, &disk) {
		err = disk.Err
	}
	return &ConvertError{fmt.Sprintf("%s %s: %v", filepath.Base(path), what, err)}
}
