package listen

import "syscall"

// deferAccept has the system hand over a connection when its first bytes are there, or a second later (tcp(7),
// TCP_DEFER_ACCEPT). At every door the client sends first, so the system can wait for the first bytes; at one
// connection an announce, that wait is a good part of the work. Everything works without it too.
func deferAccept(_, _ string, c syscall.RawConn) error {
	_ = c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT, 1)
	})
	return nil
}
