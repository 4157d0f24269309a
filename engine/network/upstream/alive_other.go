//go:build !unix

package upstream

import "net"

// Alive cannot look without taking a byte on this system; a connection that was closed is noticed when it is used.
func Alive(net.Conn) bool { return true }
