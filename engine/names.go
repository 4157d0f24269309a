package engine

import (
	"errors"
	"fmt"
	"io/fs"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/convert"
	"bittoratio/engine/settings"
	"bittoratio/engine/store"
)

// Learn stores a torrent's name, size and private flag from a magnet link, or from the .torrent file at a path. It
// uses no network. The error is a *[convert.Error].
func (e *Engine) Learn(source string) (h bittorrent.InfoHash, name string, err error) {
	if bittorrent.IsMagnet(source) {
		h, _, err = e.names.Take([]byte(source))
	} else {
		h, _, err = e.names.TakeFile(source)
	}
	if err != nil {
		var disk *store.Error
		if errors.As(err, &disk) {
			err = fmt.Errorf("the file cannot be read: %w", disk.Err)
		}
		return h, "", convert.Unread(err)
	}
	e.learned()
	return h, e.names.Lookup(h).Name, nil
}

// TorrentName returns a torrent's name, even if the torrent is no longer in the list; empty if it is unknown.
func (e *Engine) TorrentName(h bittorrent.InfoHash) string { return e.names.Lookup(h).Name }

// TorrentsNamed returns the torrents whose names contain all words, in any case, in no particular order; none if there
// are no words.
func (e *Engine) TorrentsNamed(words string) []bittorrent.InfoHash { return e.names.Named(words) }

// learned shows and saves new names.
func (e *Engine) learned() {
	e.publish.Mark()
	e.wakeMaintenance()
}

// loadNames reads the saved names. A damaged file counts as empty, because only the display depends on it.
func (e *Engine) loadNames() {
	text, err := e.folder.ReadFile(store.NamesFile)
	if err == nil {
		err = e.names.Restore(text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.log.Warn("the names of torrents could not be read; they are collected again", "cause", err.Error())
	}
	e.namesSaved = e.names.Changes()
}

// saveNames writes the names if there are new ones. If that fails, the next call tries again. Only maintenance calls
// it, and then Close.
func (e *Engine) saveNames() {
	if now := e.names.Changes(); now != e.namesSaved && e.folder.WriteFile(store.NamesFile, e.names.Text()) == nil {
		e.namesSaved = now
	}
}

// setFolders sets the folders from which names are read.
func (e *Engine) setFolders(s *settings.Settings) {
	if !s.ReadNames {
		e.watcher.SetFolders(nil)
		return
	}
	e.watcher.SetFolders(append(append([]string(nil), s.TorrentFolders...), e.options.TorrentFolders...))
}
