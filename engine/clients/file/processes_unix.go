//go:build unix && !linux

package file

import (
	"context"
	"os/exec"
	"time"
)

// processes runs ps (POSIX), which every such system has: once for the programs, whose paths may contain blanks, and
// once for their arguments. Without these, in doubt a program counts as running.
func processes() ([]Process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,uid=,comm=").Output()
	if err != nil {
		return nil, err
	}
	all := readPS(string(out))
	if lines, err := exec.CommandContext(ctx, "ps", "-A", "-ww", "-o", "pid=,args=").Output(); err == nil {
		readArgs(all, string(lines))
	}
	return all, nil
}
