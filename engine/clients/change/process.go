package change

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bittoratio/engine/clients/launch"
)

// run is a running program, with what is needed to start it again.
type run struct {
	pid     int
	program string
	folder  string
	args    []string
	env     []string
	alone   bool   // its parent is process 1, so no other process waits for its end
	group   string // its systemd control group: "/system.slice/transmission-daemon.service"
}

func procFile(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// readRun reads a process of this user from /proc.
func readRun(pid int) (r run, err error) {
	r.pid = pid
	if r.program, err = os.Readlink(procFile(pid, "exe")); err != nil {
		return r, err
	}
	if r.folder, err = os.Readlink(procFile(pid, "cwd")); err != nil {
		return r, err
	}
	line, err := os.ReadFile(procFile(pid, "cmdline"))
	if err != nil {
		return r, err
	}
	env, err := os.ReadFile(procFile(pid, "environ"))
	if err != nil {
		return r, err
	}
	split := func(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00") }
	r.args, r.env = split(line), split(env)
	r.program = strings.TrimSuffix(r.program, " (deleted)") // it was updated while running
	groups, _ := os.ReadFile(procFile(pid, "cgroup"))
	r.group = groupOf(string(groups))
	r.alone = parent(pid) == 1 && !strings.HasSuffix(r.group, ".service")
	return r, nil
}

// groupOf returns the systemd control group in a process's list: "0::/a/b.service", or in an older system
// "1:name=systemd:/a/b.service" among others.
func groupOf(groups string) (group string) {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[1] == "name=systemd" || parts[1] == "" && group == "") {
			group = parts[2]
		}
	}
	return group
}

// askTime is how long systemd may take to answer.
const askTime = 5 * time.Second

// supervised reports whether the program is the main process of a service. The service ends or starts again with that
// process, and does not notice a second one.
func (r run) supervised(ctx context.Context) bool {
	unit := filepath.Base(r.group)
	if !strings.HasSuffix(unit, ".service") {
		return false
	}
	words := []string{"show", "-p", "MainPID", "--value", "--", unit}
	if strings.Contains(r.group, "/user@") {
		words = append([]string{"--user"}, words...)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	output, err := exec.CommandContext(ctx, "systemctl", words...).Output()
	return err == nil && strings.TrimSpace(string(output)) == strconv.Itoa(r.pid)
}

// startable returns nil if the program's file can be started again.
func (r run) startable() error {
	if st, err := os.Stat(r.program); err != nil || !st.Mode().IsRegular() || st.Mode()&0o111 == 0 {
		return fmt.Errorf("%w: %s", launch.ErrNotFound, r.program)
	}
	return nil
}

// place returns the folder in which to start the program: its own, or the user's home if that no longer exists.
func (r run) place() string {
	home, _ := os.UserHomeDir()
	for _, folder := range []string{r.folder, home} {
		if st, err := os.Stat(folder + "/."); folder != "" && err == nil && st.IsDir() {
			return folder
		}
	}
	return "/"
}

// same reports whether two runs have the same program and arguments. Argument 0 does not count.
func (r run) same(other run) bool {
	return r.program == other.program && len(r.args) > 0 && len(other.args) > 0 && slices.Equal(r.args[1:], other.args[1:])
}

// all returns the processes of this user that are the same program, except others. It leaves out a child that has not
// yet become another program.
func (r run) all(others []int) (pids []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || !runs(pid) {
			continue
		}
		if other, err := readRun(pid); err == nil && r.same(other) {
			pids = append(pids, pid)
		}
	}
	found := slices.Clone(pids)
	return slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(others, pid) || slices.Contains(found, parent(pid)) })
}

func variable(env []string, name string) (value string, has bool) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

func terminate(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Signal(syscall.SIGTERM)
}

// runs reports whether a process exists and has not ended. A process that has ended exists until its parent waits for
// it.
func runs(pid int) bool {
	state := stat(pid)
	return len(state) > 0 && state[0] != "Z" && state[0] != "X"
}

func parent(pid int) int {
	if s := stat(pid); len(s) > 1 {
		n, _ := strconv.Atoi(s[1])
		return n
	}
	return 0
}

// stat returns the fields of /proc/PID/stat after the name: state, parent, and others.
func stat(pid int) []string {
	text, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// listens reports whether a process listens for TCP connections.
func listens(pid int) bool {
	entries, err := os.ReadDir(procFile(pid, "fd"))
	if err != nil {
		return false
	}
	own := map[string]bool{}
	for _, e := range entries {
		to, _ := os.Readlink(filepath.Join(procFile(pid, "fd"), e.Name()))
		if inode, ok := strings.CutPrefix(to, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	const state, inode, waits = 3, 9, "0A"
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		text, _ := os.ReadFile(procFile(pid, table))
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > inode && f[state] == waits && own[f[inode]] {
				return true
			}
		}
	}
	return false
}
