//go:build !windows

package find

import (
	"os"
	"syscall"
)

// installed returns nothing: only Windows has such a list.
func installed() []Entry { return nil }

// owner returns the owner of a file; -1 if others may write it.
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
