package change

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
)

// endTime is how long a client may take to end: it tells its trackers that it stops.
const endTime = 40 * time.Second

// ErrNotEnded is a client that did not end when it was asked to.
var ErrNotEnded = errors.New("the client did not end")

// byRestart ends a client that runs, and starts the same program with the same words and with variables. Nothing on the
// disk changes, so it holds for that run alone.
func byRestart(w Wanted) (*Plan, error) {
	if len(w.Client.PIDs) != 1 {
		return nil, ErrByHand // which of them is meant nobody knows
	}
	run, err := readRun(w.Client.PIDs[0])
	if err != nil {
		return nil, err
	}
	p := &Plan{Means: find.ByRestart, Where: strings.Join(run.args, " "), Undo: w.Back}
	after := run
	after.env = slices.Clone(run.env)
	for _, v := range w.Way.Variables {
		name, value, _ := strings.Cut(v, "=")
		before, had := variable(run.env, name)
		after.env = slices.DeleteFunc(after.env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if !w.Back {
			after.env = append(after.env, v)
		}
		if w.Back && had || !w.Back && before != value {
			p.Changes = append(p.Changes, file.Change{Setting: name, Before: before, After: value, Had: had, Has: !w.Back})
		}
		if name == "http_proxy" && had && before != "" && before != value && !w.Back {
			p.Replaced = before
		}
	}
	p.apply = func(ctx context.Context) error {
		if err := run.end(ctx); err != nil {
			return err
		}
		if err := after.start(); err != nil {
			return errors.Join(err, run.start()) // as it was
		}
		return nil
	}
	return p, nil
}

// run is a program that runs, as it was started.
type run struct {
	pid     int
	program string
	folder  string
	args    []string
	env     []string
}

// readRun reads what Linux knows of a process of this user.
func readRun(pid int) (r run, err error) {
	dir := "/proc/" + strconv.Itoa(pid)
	r.pid = pid
	if r.program, err = os.Readlink(dir + "/exe"); err != nil {
		return r, err
	}
	if r.folder, err = os.Readlink(dir + "/cwd"); err != nil {
		return r, err
	}
	line, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return r, err
	}
	env, err := os.ReadFile(dir + "/environ")
	if err != nil {
		return r, err
	}
	split := func(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00") }
	r.args, r.env = split(line), split(env)
	r.program = strings.TrimSuffix(r.program, " (deleted)") // it was updated while it ran
	return r, nil
}

func variable(env []string, name string) (value string, has bool) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// end asks the program to end in order, and waits for that.
func (r run) end(ctx context.Context) error {
	again, err := readRun(r.pid)
	if err != nil || again.program != r.program || !slices.Equal(again.args, r.args) {
		return file.ErrChanged // the number may be another program's by now
	}
	p, err := os.FindProcess(r.pid)
	if err == nil {
		err = p.Signal(syscall.SIGTERM)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	for runs(r.pid) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ErrNotEnded, filepath.Base(r.program))
		case <-tick.C:
		}
	}
	return nil
}

// runs reports whether a process is there and has not ended: one that has ended stays as long as its parent does not care.
func runs(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

func (r run) start() error {
	return launch.Again(r.program, r.args[1:], r.env, r.folder)
}

// then runs a command after a change.
func then(apply func(context.Context) error, command string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := apply(ctx); err != nil {
			return err
		}
		for one := range strings.SplitSeq(command, " && ") {
			words := strings.Fields(one)
			ctx, cancel := context.WithTimeout(ctx, endTime)
			said, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
			cancel()
			if err != nil {
				return &CommandError{Command: command, Err: fmt.Errorf("%w %s", err, strings.TrimSpace(string(said)))}
			}
		}
		return nil
	}
}
