//go:build !linux

package engine

func unmapProgram() {}
