//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// noFollow refuses a symbolic link as the last part of the path. NONBLOCK prevents blocking if a pipe took the file's
// place after the check; for plain files it has no effect.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// lockFile takes an exclusive lock that ends with the process. The lock belongs to the open file, not to the process,
// so a second Open in the same process fails too.
func lockFile(f *os.File) (held bool, err error) {
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return true, nil
		default:
			return false, err
		}
	}
}

func makePrivate(path string) error { return os.MkdirAll(path, 0o700) }

// SyncFolder makes the names in the folder durable. Some file systems cannot do that and return EINVAL, which is
// ignored.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// closeToRename is false: on this system an open file can be renamed and replaced.
const closeToRename = false

// isFull reports whether err means a full disk, a full quota or a file of the largest size, and not a broken disk.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
