package udp

import (
	"math/bits"
	"syscall"
)

// The options of ws2ipdef.h.
const (
	ipUnicastIf   = 31
	ipv6UnicastIf = 31
)

func keepTo(fd uintptr, index int, _, network string) {
	if network[len(network)-1] == '6' {
		_ = syscall.SetsockoptInt(syscall.Handle(fd), syscall.IPPROTO_IPV6, ipv6UnicastIf, index)
		return
	}
	// For IPv4 the index is in network byte order.
	_ = syscall.SetsockoptInt(syscall.Handle(fd), syscall.IPPROTO_IP, ipUnicastIf, int(int32(bits.ReverseBytes32(uint32(index)))))
}
