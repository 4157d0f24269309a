//go:build unix && !linux

package upstream

// hungUp reports false: only Linux can report this.
func hungUp(int) bool { return false }
