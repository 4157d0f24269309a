package upstream_test

import "golang.org/x/sys/windows"

const (
	unreachable = windows.WSAENETUNREACH
	noHost      = windows.WSAEHOSTUNREACH
	refused     = windows.WSAECONNREFUSED
)
