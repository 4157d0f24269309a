package udp

import "golang.org/x/sys/unix"

func keepTo(fd uintptr, index int, _, network string) {
	if network[len(network)-1] == '6' {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_BOUND_IF, index)
		return
	}
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BOUND_IF, index)
}
