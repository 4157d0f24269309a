package udp

import "syscall"

// keepTo may fail for lack of permission (before Linux 5.7); then only the address binds the socket.
func keepTo(fd uintptr, _ int, name, _ string) {
	_ = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, name)
}
