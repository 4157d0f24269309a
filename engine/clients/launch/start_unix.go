//go:build unix

package launch

import (
	"os/exec"
	"syscall"
)

// startApart starts a program that goes on when this one ends, whatever terminal that was in. A shell is between,
// and ends at once: so the system looks after the program's end, and nobody here has to.
func startApart(c *exec.Cmd) error {
	sh := exec.Command("/bin/sh", append([]string{"-c", `"$@" </dev/null >/dev/null 2>&1 &`, "sh", c.Path}, c.Args[1:]...)...)
	sh.Env, sh.Dir = c.Env, c.Dir
	sh.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return sh.Run()
}
