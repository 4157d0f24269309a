//go:build !nogui && !linux

package shell

func trayHosted() bool { return true }
