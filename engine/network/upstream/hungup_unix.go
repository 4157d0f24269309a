//go:build unix && !linux

package upstream

// hungUp reports false: only Linux shows this.
func hungUp(int) bool { return false }
