package engine_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// blackhole replaces the tracker by a listener that accepts no connection: its queue is full, so the system answers no
// more handshakes.
func blackhole(d *outage) {
	d.t.Helper()
	d.tracker.Close()
	at := netip.MustParseAddrPort(d.target)
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(
			syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1),
			syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}),
			syscall.Listen(fd, 0),
		)
		d.t.Cleanup(func() { _ = syscall.Close(fd) })
	}
	if err != nil {
		d.t.Fatal(err)
	}
	for range 10 {
		c, err := net.DialTimeout("tcp", d.target, 300*time.Millisecond)
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			return
		}
		if err != nil {
			d.t.Fatal(err)
		}
		d.t.Cleanup(func() { _ = c.Close() })
	}
	d.t.Fatal("the queue is never full")
}
