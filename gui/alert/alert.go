// Package alert says something by the means of the desktop, for the moment when no window of our own can open: without
// OpenGL, say. It waits for nobody, and knows no toolkit.
package alert

import (
	"os/exec"
)

// run starts the first of some programs that is there, and leaves it to itself.
func run(programs ...[]string) bool {
	for _, p := range programs {
		path, err := exec.LookPath(p[0])
		if err != nil {
			continue
		}
		cmd := exec.Command(path, p[1:]...)
		if cmd.Start() == nil {
			return cmd.Process.Release() == nil
		}
	}
	return false
}
