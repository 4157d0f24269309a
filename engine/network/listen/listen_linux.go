package listen

import "syscall"

// deferAccept makes the system hand over a connection when its first bytes have arrived, or a second later (tcp(7),
// TCP_DEFER_ACCEPT). At every door the client sends first, so the system can do the waiting, which is a good part of
// the work if each announce has its own connection. Everything works without it too.
func deferAccept(_, _ string, c syscall.RawConn) error {
	_ = c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT, 1)
	})
	return nil
}
