//go:build !linux && !nogui

package shell

func trayHosted() bool { return true }
