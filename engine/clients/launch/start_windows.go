package launch

import "os/exec"

// startApart starts a program that keeps running when this one ends.
func startApart(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Process.Release()
}
