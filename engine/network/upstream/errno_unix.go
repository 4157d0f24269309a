//go:build unix

package upstream

import "syscall"

// The system's errors for an address where no program listens, and for one to which there is no route.
var (
	refusals     = []syscall.Errno{syscall.ECONNREFUSED}
	unreachables = []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN}
)
