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

// readArgs reads the output of ps with pid and args into the processes. In it, blanks separate arguments and may be
// within them; the path of the program, which comes first, is known.
func readArgs(all []Process, out string) {
	lines := map[int]string{}
	for line := range strings.Lines(out) {
		first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(first); err == nil {
			lines[pid] = strings.TrimSpace(rest)
		}
	}
	for i := range all {
		p := &all[i]
		line := lines[p.PID]
		if line == "" {
			continue
		}
		program := p.Names[0]
		rest, ok := strings.CutPrefix(line, program)
		if !ok || rest != "" && rest[0] != ' ' {
			program, rest, _ = strings.Cut(line, " ")
		}
		p.Args, p.Joined = append([]string{program}, strings.Fields(rest)...), true
	}
}
