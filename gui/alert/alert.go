// Package alert shows a message by the desktop's own means, if no window of this program can open, for example without
// OpenGL. It does not use Fyne.
package alert

import (
	"os/exec"
)

// run starts the first of the programs that exists, without waiting for its end. It reports whether one was started.
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
