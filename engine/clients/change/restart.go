package change

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
)

// How long the steps of a restart may take. Tests wait less.
var (
	endTime   = 40 * time.Second // for a client to end: it announces its stop to its trackers
	startTime = 20 * time.Second // for a client to start, and to listen if it did before
	stayTime  = 2 * time.Second  // a client counts as started if it still runs after that
	gapTime   = 3 * time.Second  // for a supervisor to start it again
)

// ErrNotEnded means that a client was asked to end, and did not in time.
var ErrNotEnded = errors.New("the client did not end")

// ErrSupervised means that something on this computer starts the client again whenever it ends, or supervises it as a
// service. The client runs as before.
var ErrSupervised = errors.New("something starts the client again by itself")

// Why a client does not count as started.
var (
	errEnded    = errors.New("it ended at once")
	errNotThere = errors.New("it does not listen")
)

// StartError means that a client ended, but did not start in the requested way.
type StartError struct {
	Runs    bool   // the client runs: it was started again as before, or it did not end
	Command string // a command for a terminal that starts it as before
	Err     error
}

// Error implements error.
func (e *StartError) Error() string { return "start the client: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

// byRestart plans to end a running client and to start the same program with the same arguments and with variables.
// Nothing on the disk changes, so the change lasts only for that run.
func byRestart(w Wanted) (*Plan, error) {
	if len(w.Client.PIDs) != 1 || runtime.GOOS != "linux" {
		return nil, ErrByHand // it is unknown which process is meant, or how it was started
	}
	run, err := readRun(w.Client.PIDs[0])
	if err != nil {
		return nil, err
	}
	if err := run.startable(); err != nil {
		return nil, err
	}
	p := &Plan{Means: find.ByRestart, Where: strings.Join(run.args, " "), Undo: w.Back}
	after := run
	after.env = slices.Clone(run.env)
	set := func(name, value string, has bool) {
		after.env = slices.DeleteFunc(after.env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if has {
			after.env = append(after.env, name+"="+value)
		}
	}
	marked, restarted := variable(run.env, launch.Mark)
	variables, names := slices.Clone(w.Way.Variables), []string{}
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		names = append(names, name)
	}
	for _, name := range strings.Fields(marked) { // a start by this program may have added more
		if name == "1" || slices.Contains(names, name) { // "1" comes from an earlier version
			continue
		}
		if names = append(names, name); w.Back {
			variables = append(variables, name+"=")
		}
	}
	set(launch.Mark, strings.Join(names, " "), !w.Back)
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		before, had := variable(run.env, name)
		former, kept := variable(run.env, name+launch.FormerSuffix)
		has := true
		if w.Back {
			value, has = former, kept
			set(name+launch.FormerSuffix, "", false)
		} else if had && !restarted {
			set(name+launch.FormerSuffix, before, true)
		}
		set(name, value, has)
		if had != has || before != value {
			p.Changes = append(p.Changes, file.Change{Setting: name, Before: before, After: value, Had: had, Has: has})
		}
		if name == "http_proxy" && had && before != "" && before != value && !w.Back && !restarted {
			p.Replaced = before
		}
	}
	p.apply = func(ctx context.Context) error { return run.restart(ctx, after) }
	return p, nil
}

// restart ends the program and starts it with another environment. A restart that has begun continues when ctx ends, so
// that the client is not left stopped. Each of its steps has a time limit.
func (r run) restart(ctx context.Context, after run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.startable(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if r.supervised(ctx) {
		return ErrSupervised
	}
	listened, others := listens(r.pid), r.all([]int{r.pid})
	if err := r.end(ctx); err != nil {
		return err
	}
	if r.returns(ctx, others) {
		return ErrSupervised
	}
	err := after.start(ctx, listened, others)
	if err == nil {
		return nil
	}
	failed := &StartError{Err: err, Command: r.line()}
	for _, pid := range r.all(others) { // it runs, but does not listen
		if err := (run{pid: pid, program: r.program, args: r.args}).end(ctx); err != nil {
			failed.Err, failed.Runs = errors.Join(failed.Err, err), len(r.all(others)) > 0
			return failed // two at once would damage each other's files
		}
	}
	err = r.start(ctx, listened, others)
	failed.Runs = err == nil || errors.Is(err, errNotThere) // a client that does not listen yet is running, too
	if err != nil {
		failed.Err = errors.Join(failed.Err, fmt.Errorf("as before: %w", err))
	}
	return failed
}

// returns reports whether a supervisor started the program again after its end. If the program had put itself into the
// background, it checks only once, because no supervisor waits for the end of such a program.
func (r run) returns(ctx context.Context, others []int) bool {
	ctx, cancel := context.WithTimeout(ctx, gapTime)
	defer cancel()
	again := false
	until(ctx, func() bool {
		again = len(r.all(others)) > 0
		return again || r.alone
	})
	return again
}

// start starts the client again, and waits until it has run for stayTime and, if it listened before, listens. others
// are processes that are not the client.
func (r run) start(ctx context.Context, listened bool, others []int) error {
	if err := launch.Again(r.program, r.args[1:], r.env, r.place()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	pid, since, seen := 0, time.Now(), time.Now()
	if until(ctx, func() bool {
		now, there := time.Now(), r.all(others)
		switch {
		case len(there) == 0:
			pid = 0
			return now.Sub(seen) > stayTime
		case there[0] != pid: // a program that goes into the background
			pid, since = there[0], now
		}
		seen = now
		return now.Sub(since) >= stayTime && (!listened || listens(pid))
	}) && pid != 0 {
		return nil
	}
	if pid == 0 {
		return errEnded
	}
	return errNotThere
}

// until waits until done returns true; it reports whether it did.
func until(ctx context.Context, done func() bool) bool {
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// end asks the program to end in an orderly way, and waits for that.
func (r run) end(ctx context.Context) error {
	if again, err := readRun(r.pid); err != nil || !again.same(r) {
		return file.ErrChanged // the process number may belong to another program now
	}
	if err := terminate(r.pid); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	if !until(ctx, func() bool { return !runs(r.pid) }) {
		return fmt.Errorf("%w: %s", ErrNotEnded, filepath.Base(r.program))
	}
	return nil
}

// line returns the command that starts the program as before, except for its environment.
func (r run) line() string {
	words := []string{launch.ShellWord(r.program)}
	for _, w := range r.args[1:] {
		words = append(words, launch.ShellWord(w))
	}
	return strings.Join(words, " ")
}

// then returns an apply that runs a command after the change.
func then(apply func(context.Context) error, command string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := apply(ctx); err != nil {
			return err
		}
		ctx = context.WithoutCancel(ctx) // ctx may have ended, but the change is made: a service must not stay stopped
		for one := range strings.SplitSeq(command, " && ") {
			words := strings.Fields(one)
			ctx, cancel := context.WithTimeout(ctx, endTime)
			output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
			cancel()
			if err != nil {
				return &CommandError{Command: command, Err: fmt.Errorf("%w %s", err, strings.TrimSpace(string(output)))}
			}
		}
		return nil
	}
}
