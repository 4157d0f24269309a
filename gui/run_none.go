//go:build nogui

package gui

import (
	"errors"

	"bittoratio/engine"
	"bittoratio/engine/demo"
)

// Available is true if this build has a window.
const Available = false

// Options are those of a build with a window; Run uses none of them.
type Options struct {
	Engine  *engine.Engine
	Demo    *demo.Demo
	Hidden  bool   // start in the tray, if there is one
	Version string // of the program
	Website string // the page with new versions; empty if it is not known
	Show    <-chan struct{}
	Started func()
	Quit    <-chan struct{} // closed when a signal asks the program to end; Run then stops in order, without asking the user
}

// ShowFailure does nothing: the error is on standard error already.
func ShowFailure(error, string) {}

// Run returns the error that this build has no window.
func Run(Options) error { return errors.New("this build has no window; start it with -headless") }
