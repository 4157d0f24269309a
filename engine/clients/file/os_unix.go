//go:build unix

package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// own gives an open file the owner and the permissions of another. Only root can change an owner; for other users,
// another user's file is an error.
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

// ownerOf returns the owner of a file, or of the nearest existing folder above it; -1 if unknown.
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
