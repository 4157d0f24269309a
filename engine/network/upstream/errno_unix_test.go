//go:build unix

package upstream_test

import "syscall"

const (
	unreachable = syscall.ENETUNREACH
	noHost      = syscall.EHOSTUNREACH
	refused     = syscall.ECONNREFUSED
)
