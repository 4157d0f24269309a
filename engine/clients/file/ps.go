package file

import (
	"strconv"
	"strings"
)

// readPS reads the output of ps with pid, uid and comm, which may contain spaces.
func readPS(out string) []Process {
	var all []Process
	for line := range strings.Lines(out) {
		first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		second, name, _ := strings.Cut(strings.TrimSpace(rest), " ")
		pid, err := strconv.Atoi(first)
		user, err2 := strconv.Atoi(second)
		if name = strings.TrimSpace(name); err == nil && err2 == nil && name != "" {
			all = append(all, Process{PID: pid, User: user, Names: []string{name}})
		}
	}
	return all
}
