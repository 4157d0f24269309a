package upstream

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What the system says of an address where nobody listens, and of one that no way leads to. Package syscall's own names
// are none that Windows ever says.
var (
	refusals     = []syscall.Errno{windows.WSAECONNREFUSED, windows.ERROR_CONNECTION_REFUSED}
	unreachables = []syscall.Errno{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAEHOSTDOWN, windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_HOST_UNREACHABLE}
)
