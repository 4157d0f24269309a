package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// ReadBeside returns a file of the user, outside the data folder, of at most limit bytes, and its permissions.
func ReadBeside(path string, limit int64) (b []byte, mode fs.FileMode, err error) {
	st, err := os.Stat(path)
	if err == nil && !st.Mode().IsRegular() {
		err = ErrNotPlain // a pipe would hang
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

// WriteBeside makes a new file of the user outside the data folder. It never overwrites a file: a name that is taken is
// an *[Error] that is fs.ErrExist. After any other error no file is left.
func WriteBeside(path string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return wrap("write", path, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
	}
	return wrap("write", path, err)
}

// ReadPlain returns a file outside the data folder, of at most limit bytes, that another program made. A link, a pipe or
// a device is refused: it would hang, or lead elsewhere.
func ReadPlain(path string, limit int64) ([]byte, error) {
	f, err := openPlain(path, os.O_RDONLY)
	if err != nil {
		return nil, wrap("read", path, err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, wrap("read", path, ErrNotPlain) // it was replaced after it was looked at
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrTooLarge
	}
	return b, wrap("read", path, err)
}
