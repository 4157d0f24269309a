//go:build unix

package upstream

import "syscall"

// glance is look for a socket.
func glance(fd uintptr) sight {
	var b [1]byte
	n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	switch {
	case n > 0 && !hungUp(int(fd)):
		return speaking
	case n < 0 && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK):
		return silent
	}
	return closed
}
