package file

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// processes reads /proc. It leaves out processes that end meanwhile.
func processes() ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := readProcess(filepath.Join("/proc", e.Name()), pid); ok {
			all = append(all, p)
		}
	}
	return all, nil
}

func readProcess(dir string, pid int) (p Process, ok bool) {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return p, false
	}
	// "1234 (name) Z ...": a name may contain brackets and spaces, so it ends at the last bracket.
	end := bytes.LastIndexByte(stat, ')')
	if state := strings.TrimSpace(string(stat[end+1:])); strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X") {
		return p, false // a zombie: it has ended, but its parent has not waited for it
	}
	p = Process{PID: pid, User: -1}
	if st, err := os.Stat(dir); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			p.User = int(sys.Uid)
		}
	}
	if comm, err := os.ReadFile(filepath.Join(dir, "comm")); err == nil {
		p.Names = append(p.Names, strings.TrimSpace(string(comm)))
	}
	if exe, err := os.Readlink(filepath.Join(dir, "exe")); err == nil {
		p.Names = append(p.Names, exe)
	}
	if line, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil && len(line) > 0 {
		p.Args = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		p.Names = append(p.Names, p.Args[0])
	}
	p.Dir, _ = os.Readlink(filepath.Join(dir, "cwd")) // another user's is not known
	return p, true
}
