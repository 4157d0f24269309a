//go:build !windows

package find

import (
	"os"
	"syscall"
)

// installed is for Windows alone.
func installed() []Entry { return nil }

// owner returns the user a file belongs to; others must not be able to write it.
func owner(path string) int {
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm()&0o022 != 0 {
		return -1
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return int(sys.Uid)
	}
	return -1
}
