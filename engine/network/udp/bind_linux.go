package udp

import "syscall"

// keepTo may fail for lack of a right (before Linux 5.7); the address that the socket is bound to holds then.
func keepTo(fd uintptr, _ int, name, _ string) {
	_ = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, name)
}
