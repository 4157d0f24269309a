//go:build unix

package doors

import "syscall"

// tunnelLimit returns how many tunnels there may be. The runtime has raised the limit of open files as far as it goes.
func tunnelLimit() int32 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return tunnelsFor(1024)
	}
	return tunnelsFor(uint64(limit.Cur))
}
