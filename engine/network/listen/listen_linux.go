package listen

import "syscall"

// deferAccept has the system hand over a connection when its first bytes are there, or a second later (tcp(7),
// TCP_DEFER_ACCEPT): on every door the client speaks first, so the wait for them, which at a connection an announce is
// a good part of the work, is the system's. Without it all works as well.
func deferAccept(_, _ string, c syscall.RawConn) error {
	_ = c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT, 1)
	})
	return nil
}
