//go:build unix

package launch

import (
	"fmt"
	"os/exec"
	"syscall"
)

// startScript starts a program in the background and watches it for one second. If the program ends in that time, the
// shell exits with its status, which is 0 if the program has put itself into the background.
const startScript = `"$@" </dev/null >/dev/null 2>&1 &
program=$!
trap 'exit 0' USR1
(sleep 1; kill -USR1 $$) >/dev/null 2>&1 &
wait $program
status=$?
kill $! 2>/dev/null
exit $status`

// startApart starts a program that keeps running when this program ends and when its terminal is closed. The program is
// started by a shell that ends at once, so that the system, and not this program, collects its exit status. If the
// program cannot be run, or ends at once with a status other than 0, the error is [ErrEnded].
func startApart(c *exec.Cmd) error {
	sh := exec.Command("/bin/sh", append([]string{"-c", startScript, "sh", c.Path}, c.Args[1:]...)...)
	sh.Env, sh.Dir = c.Env, c.Dir
	sh.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := sh.Run(); err != nil {
		return fmt.Errorf("%s: %w: %w", c.Path, ErrEnded, err)
	}
	return nil
}
