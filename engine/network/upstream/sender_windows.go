package upstream

import "net"

// Asker is of use only where a read begins with a try.
type Asker struct{}

// Ask does nothing, so the caller writes and reads as usual.
func (*Asker) Ask(net.Conn, []byte) int { return 0 }
