//go:build !linux

package shell

func trayHosted() bool { return true }
