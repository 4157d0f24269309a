package store

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// File is one of the folder's files.
type File struct {
	Name string
	Size int64 // bytes
}

// List returns the plain files whose names have this prefix and suffix, by name.
func (d *Folder) List(prefix, suffix string) ([]File, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, wrap("list", d.path, err)
	}
	var out []File
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, wrap("list", d.path, err)
		}
		out = append(out, File{e.Name(), info.Size()})
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// ReadJournal calls read with each complete record of a journal, oldest first. It changes nothing, and skips what is
// damaged or just being appended, so it may be called while the journal grows. An error from read ends it, and is
// returned as it is. A missing file is an *Error that is fs.ErrNotExist.
func (d *Folder) ReadJournal(name string, read func(record []byte) error) error {
	if err := checkName(name); err != nil {
		return wrap("read", name, err)
	}
	f, err := openPlain(d.Path(name), os.O_RDONLY)
	if err != nil {
		return wrap("read", name, err)
	}
	defer f.Close()
	var ended error
	_, err = scan(f, func(record []byte) error {
		if ended == nil {
			ended = read(record)
		}
		return ended
	})
	if ended != nil {
		return ended
	}
	return wrap("read", name, err)
}
