//go:build unix

package launch

import (
	"fmt"
	"os/exec"
	"syscall"
)

// startScript starts a program in the background and looks at it for a second: one that ends in that time ends the shell
// with its own status, which is 0 where it went into the background by itself.
const startScript = `"$@" </dev/null >/dev/null 2>&1 &
program=$!
trap 'exit 0' USR1
(sleep 1; kill -USR1 $$) >/dev/null 2>&1 &
wait $program
status=$?
kill $! 2>/dev/null
exit $status`

// startApart starts a program that goes on when this one ends, whatever terminal that was in. A shell in between ends
// soon, so that the program's end is the system's to collect. A program that ends at once with a status that is not 0,
// or cannot be run, is [ErrEnded].
func startApart(c *exec.Cmd) error {
	sh := exec.Command("/bin/sh", append([]string{"-c", startScript, "sh", c.Path}, c.Args[1:]...)...)
	sh.Env, sh.Dir = c.Env, c.Dir
	sh.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := sh.Run(); err != nil {
		return fmt.Errorf("%s: %w: %w", c.Path, ErrEnded, err)
	}
	return nil
}
