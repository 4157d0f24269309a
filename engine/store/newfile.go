package store

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadBeside returns the content and the permissions of a user's file outside the data folder, which has at most limit
// bytes.
func ReadBeside(path string, limit int64) (b []byte, mode fs.FileMode, err error) {
	st, err := os.Stat(path)
	if err == nil && !st.Mode().IsRegular() {
		err = ErrNotPlain // a pipe would block
	}
	if err != nil {
		return nil, 0, wrap("read", path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, wrap("read", path, err)
	}
	defer f.Close()
	b, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrTooLarge
	}
	return b, st.Mode().Perm(), wrap("read", path, err)
}

// WriteBeside makes a new user's file outside the data folder. It never overwrites a file: if the name is taken, the
// error is an *[Error] that is fs.ErrExist. After any other error there is no file. The file has its name only once it
// is whole, because a client may be watching the folder.
func WriteBeside(path string, b []byte, mode fs.FileMode) error {
	unnamed := filepath.Join(filepath.Dir(path), ".bittoratio-"+rand.Text()+".tmp")
	err := writeNew(unnamed, b, mode)
	if err == nil {
		err = os.Link(unnamed, path)
		_ = os.Remove(unnamed)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) { // a FAT disk or a sandbox's portal: no second name, no other file
		err = writeNew(path, b, mode)
	}
	return wrap("write", path, err)
}

// writeNew makes a file; after an error there is none of its making.
func writeNew(path string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
	}
	return err
}

// ReadPlain returns the content of a file outside the data folder that another program made, at most limit bytes. It
// refuses links, pipes and devices, because they could block or lead elsewhere.
func ReadPlain(path string, limit int64) ([]byte, error) {
	f, err := openPlain(path, os.O_RDONLY)
	if err != nil {
		return nil, wrap("read", path, err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, wrap("read", path, ErrNotPlain) // it was replaced after the check
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrTooLarge
	}
	return b, wrap("read", path, err)
}
