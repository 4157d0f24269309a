//go:build nogui

package gui

import (
	"errors"

	"bittoratio/engine"
	"bittoratio/engine/demo"
)

// Available is true if this build has a window.
const Available = false

// Options are what the window is made of.
type Options struct {
	Engine  *engine.Engine
	Demo    *demo.Demo
	Hidden  bool   // begin in the tray, where there is one
	Version string // of the program
	Website string // where new versions are announced; empty where that is not known
	Show    <-chan struct{}
	Started func()
	Quit    <-chan struct{} // closed when a signal asks the program to end: stop in order, without asking
}

// Complain does nothing: the error is on standard error already.
func Complain(error, string) {}

// Run returns the error that this build has no window.
func Run(Options) error { return errors.New("this build has no window; start it with -headless") }
