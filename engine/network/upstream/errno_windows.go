package upstream

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// The system's errors for an address where no program listens, and for one to which there is no route. Package
// syscall's own names are not what Windows returns.
var (
	refusals     = []syscall.Errno{windows.WSAECONNREFUSED, windows.ERROR_CONNECTION_REFUSED}
	unreachables = []syscall.Errno{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAEHOSTDOWN, windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_HOST_UNREACHABLE}
)
