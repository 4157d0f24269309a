//go:build !e2e

package shell

// startProbe does nothing: only test builds show an outside test what is on the screen.
func (s *Shell) startProbe() {}
