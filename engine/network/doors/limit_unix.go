//go:build unix

package doors

import "syscall"

// tunnelLimit returns the most tunnels at a time. The runtime has already raised the limit of open files as far as
// possible.
func tunnelLimit() int32 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return tunnelsFor(1024)
	}
	return tunnelsFor(uint64(limit.Cur))
}
