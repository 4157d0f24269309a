//go:build unix

package upstream

import "syscall"

// What the system says of an address where nobody listens, and of one that no way leads to.
var (
	refusals     = []syscall.Errno{syscall.ECONNREFUSED}
	unreachables = []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN}
)
