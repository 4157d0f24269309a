//go:build !unix

package doors

// tunnelLimit returns the most tunnels at a time.
func tunnelLimit() int32 { return mostTunnels }
