//go:build unix

package file

import (
	"io/fs"
	"os"
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

// ownerOf is the user a file belongs to; -1 where that is not known.
func ownerOf(path string) int {
	if st, err := os.Stat(path); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			return int(sys.Uid)
		}
	}
	return -1
}
