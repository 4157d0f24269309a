//go:build unix

package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// own gives an open file the owner and the rights of another. Only root can give a file away; for everybody else a file
// of another user is an error.
func own(f *os.File, like fs.FileInfo) error {
	if want, ok := like.Sys().(*syscall.Stat_t); ok {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		if have, ok := st.Sys().(*syscall.Stat_t); ok && (have.Uid != want.Uid || have.Gid != want.Gid) {
			if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
				return err
			}
		}
	}
	return f.Chmod(like.Mode().Perm())
}

// ownerOf returns the user a file belongs to, or the nearest folder above it that is there; -1 where that is not known.
func ownerOf(path string) int {
	for {
		st, err := os.Stat(path)
		if err == nil {
			if sys, ok := st.Sys().(*syscall.Stat_t); ok {
				return int(sys.Uid)
			}
			return -1
		}
		above := filepath.Dir(path)
		if above == path || !errors.Is(err, fs.ErrNotExist) {
			return -1
		}
		path = above
	}
}
