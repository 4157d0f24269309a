// Package alert shows a message by the desktop's own means, for the case that no window of this program can open, for
// example without OpenGL. It does not wait, and knows no toolkit.
package alert

import (
	"os/exec"
)

// run starts the first of some programs that exists, and does not wait for it.
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
