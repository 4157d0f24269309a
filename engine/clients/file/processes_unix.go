//go:build unix && !linux

package file

import (
	"context"
	"os/exec"
	"time"
)

// processes runs ps (POSIX), which every such system has.
func processes() ([]Process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,uid=,comm=").Output()
	if err != nil {
		return nil, err
	}
	return readPS(string(out)), nil
}
