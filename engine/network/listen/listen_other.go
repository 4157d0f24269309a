//go:build !linux

package listen

import "syscall"

// deferAccept does nothing: only Linux has this option.
func deferAccept(string, string, syscall.RawConn) error { return nil }
