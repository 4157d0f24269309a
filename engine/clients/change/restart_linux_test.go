package change

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/clients/file"
	"bittoratio/engine/clients/find"
	"bittoratio/engine/clients/launch"
)

// TestMain runs the tests, or acts as a client that a test has started.
func TestMain(m *testing.M) {
	if report := os.Getenv("CLIENT_REPORT"); report != "" {
		os.Exit(beClient(report))
	}
	stayTime, gapTime, startTime, endTime = time.Second/2, time.Second, 5*time.Second, 5*time.Second
	os.Exit(m.Run())
}

// The proxies with which the client of these tests does not start, or does not listen.
const (
	fatal  = "http://fatal.example:1"
	silent = "http://silent.example:1"
)

// beClient is a client that listens, reports how it was started, and ends in an orderly way.
func beClient(report string) (status int) {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM)
	out, err := os.OpenFile(report, os.O_WRONLY, 0)
	if err != nil {
		return 2
	}
	proxy := os.Getenv("http_proxy")
	if proxy == fatal {
		return 3
	}
	isThere := func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	}
	if proxy != silent && !isThere("silent") {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 2
		}
		defer l.Close()
	}
	folder, _ := os.Getwd()
	fmt.Fprintf(out, "%d %s|%s|%s|%s\n", os.Getpid(), proxy, os.Getenv("KEPT"), strings.Join(os.Args[1:], "|"), folder)
	for <-ends; isThere("stubborn"); {
		<-ends
	}
	fmt.Fprintln(out, "ended")
	return 0
}

// daemon is a client that was started by a test.
type daemon struct {
	t       *testing.T
	home    string
	env     []string
	lines   *bufio.Reader
	running int
	program string // empty: this test's
	folder  string // empty: home
}

const formerProxy = "http://other.example:1"

func newDaemon(t *testing.T) *daemon {
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "report")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // a writer too, so that it does not end with the first program
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	if err := pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, home: home, lines: bufio.NewReader(pipe)}
	d.env = []string{"KEPT=yes", "PATH=" + os.Getenv("PATH"), "CLIENT_REPORT=" + path, "http_proxy=" + formerProxy}
	t.Cleanup(func() {
		if d.running > 0 {
			_ = syscall.Kill(d.running, syscall.SIGKILL)
		}
	})
	return d
}

// start starts the client as a child of this test, which must wait for it so that it does not stay a zombie; then it
// calls ended.
func (d *daemon) start(ended func()) {
	d.t.Helper()
	cmd := exec.Command(cmp.Or(d.program, os.Args[0]), "a word", "b=c", d.t.Name()) // another test has other arguments
	cmd.Env, cmd.Dir = d.env, cmp.Or(d.folder, d.home)
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	var waits sync.WaitGroup
	waits.Go(func() {
		_ = cmd.Wait()
		ended()
	})
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		waits.Wait()
	})
}

func (d *daemon) expect(want string) {
	d.t.Helper()
	if got, err := d.lines.ReadString('\n'); err != nil || got != want+"\n" {
		d.t.Fatalf("the client reports %q (%v), want %q", got, err, want)
	}
}

// expectStart checks that the client was started with this proxy, and otherwise as before.
func (d *daemon) expectStart(proxy string) {
	d.t.Helper()
	report, err := d.lines.ReadString('\n')
	if err != nil {
		d.t.Fatal(err)
	}
	pid, rest, _ := strings.Cut(strings.TrimSpace(report), " ")
	if d.running, err = strconv.Atoi(pid); err != nil || rest != proxy+"|yes|a word|b=c|"+d.t.Name()+"|"+cmp.Or(d.folder, d.home) {
		d.t.Fatalf("the client reports %q (%v), want %s", report, err, proxy)
	}
}

// wanted is a restart with a proxy.
func (d *daemon) wanted(proxy string, back bool) Wanted {
	return Wanted{
		Client: find.Client{PIDs: []int{d.running}}, Back: back,
		Way: find.Way{Means: find.ByRestart, Variables: []string{"http_proxy=" + proxy, "no_proxy="}},
	}
}

func (d *daemon) plan(w Wanted) *Plan {
	d.t.Helper()
	p, err := New(d.t.Context(), idleSystem(d.home), w)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// TestARunningClientIsRestartedWithVariables checks that a running program ends in an orderly way and starts again with
// its own arguments, in its own folder, with the variables; and that the undo restarts it without them.
func TestARunningClientIsRestartedWithVariables(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.start(func() {})
	d.expectStart(formerProxy)
	w := d.wanted("http://"+addr, false)
	p := do(t, idleSystem(d.home), w)
	if p.Replaced != formerProxy || len(p.Changes) != 2 || p.Changes[0].After != "http://"+addr {
		t.Errorf("the plan is %+v", p)
	}
	d.expect("ended")
	d.expectStart("http://" + addr)
	// The process number of a program that has ended may belong to another one.
	if p, err := New(t.Context(), idleSystem(d.home), w); err == nil && p.Apply(t.Context()) == nil {
		t.Error("a plan was applied to a program that has ended")
	}
	// At another port it still knows what there was before.
	if p := do(t, idleSystem(d.home), d.wanted("http://127.0.0.1:8081", false)); p.Replaced != "" {
		t.Errorf("the plan replaces %q, want nothing but this program's own address", p.Replaced)
	}
	d.expect("ended")
	d.expectStart("http://127.0.0.1:8081")
	if p := do(t, idleSystem(d.home), d.wanted("http://"+addr, true)); len(p.Changes) != 2 || p.Changes[0].After != formerProxy || p.Changes[1].Has {
		t.Errorf("the changes are %+v", p.Changes)
	}
	d.expect("ended")
	d.expectStart(formerProxy)
	if env, err := os.ReadFile(procFile(d.running, "environ")); err != nil || strings.Contains(string(env), "bittoratio=") || strings.Contains(string(env), "no_proxy") {
		t.Errorf("the environment is %q (%v)", env, err)
	}
}

// TestUndoOfTwoRestartsLeavesNoProxy: a client that had no proxy has none after the undo, also if its port changed
// twice.
func TestUndoOfTwoRestartsLeavesNoProxy(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.env = d.env[:len(d.env)-1]
	d.start(func() {})
	d.expectStart("")
	for _, proxy := range []string{"http://" + addr, "http://127.0.0.1:8081"} {
		do(t, idleSystem(d.home), d.wanted(proxy, false))
		d.expect("ended")
		d.expectStart(proxy)
	}
	do(t, idleSystem(d.home), d.wanted("http://"+addr, true))
	d.expect("ended")
	d.expectStart("")
}

// TestUndoOfAStartByThisProgramRemovesAllVariables: a client that this program started has more variables than a
// restart sets. The undo removes all of them, even if this program has another port then.
func TestUndoOfAStartByThisProgramRemovesAllVariables(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.env = append(d.env[:3:3], "http_proxy=http://"+addr, "no_proxy=", "CURL_CA_BUNDLE=/x", launch.Mark+"=http_proxy no_proxy CURL_CA_BUNDLE", "CURL_CA_BUNDLE"+launch.FormerSuffix+"=/own")
	d.start(func() {})
	d.expectStart("http://" + addr)
	w := d.wanted("http://127.0.0.1:8081", false)
	if p := do(t, idleSystem(d.home), w); p.Replaced != "" {
		t.Errorf("the plan replaces %q, want nothing but this program's own address", p.Replaced)
	}
	d.expect("ended")
	d.expectStart("http://127.0.0.1:8081")
	do(t, idleSystem(d.home), d.wanted("http://"+addr, true))
	d.expect("ended")
	d.expectStart("")
	if env, err := os.ReadFile(procFile(d.running, "environ")); err != nil || strings.Contains(string(env), "bittoratio=") || strings.Contains(string(env), "_proxy") || !strings.Contains(string(env), "CURL_CA_BUNDLE=/own\x00") {
		t.Errorf("the environment is %q (%v)", env, err)
	}
}

// TestAPlanDoesNotTouchTheRunningClient: making a plan changes nothing, and a plan is not applied to a client that was
// restarted since then.
func TestAPlanDoesNotTouchTheRunningClient(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	ended := make(chan struct{})
	d.start(func() { close(ended) })
	d.expectStart(formerProxy)
	p := d.plan(d.wanted("http://"+addr, false))
	if !runs(d.running) || p.Where != os.Args[0]+" a word b=c "+t.Name() {
		t.Errorf("the plan is %+v", p)
	}
	if err := terminate(d.running); err != nil {
		t.Fatal(err)
	}
	d.expect("ended")
	<-ended
	d.start(func() {})
	d.expectStart(formerProxy)
	if err := p.Apply(t.Context()); !errors.Is(err, file.ErrChanged) || !runs(d.running) {
		t.Errorf("unexpected result: %v", err)
	}
}

// TestAClientThatDoesNotStartWithTheVariablesRunsAsBefore: if a client does not start with the variables, or no longer
// listens with them, it is started as before, and the result is an error.
func TestAClientThatDoesNotStartWithTheVariablesRunsAsBefore(t *testing.T) {
	for proxy, why := range map[string]error{fatal: nil, silent: errNotThere} {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t)
			d.start(func() {})
			d.expectStart(formerProxy)
			err := d.plan(d.wanted(proxy, false)).Apply(t.Context())
			var failed *StartError
			if !errors.As(err, &failed) || !failed.Runs || !strings.HasPrefix(failed.Command, os.Args[0]+" 'a word' b=c ") || why != nil && !errors.Is(err, why) {
				t.Errorf("%s: unexpected error %v", proxy, err)
			}
			d.expect("ended")
			if proxy == silent {
				d.expectStart(silent)
				d.expect("ended")
			}
			d.expectStart(formerProxy)
			if !runs(d.running) {
				t.Errorf("%s: the client does not run", proxy)
			}
		})
	}
}

// TestAClientThatCannotBeStartedIsReportedAsStopped: if the client cannot be started at all, the error reports that it
// does not run, and has the command that starts it.
func TestAClientThatCannotBeStartedIsReportedAsStopped(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.start(func() {})
	d.expectStart(formerProxy)
	p := d.plan(d.wanted("http://"+addr, false))
	if err := os.Rename(d.home+"/report", d.home+"/moved"); err != nil { // without this file the client ends at once
		t.Fatal(err)
	}
	var failed *StartError
	if err := p.Apply(t.Context()); !errors.As(err, &failed) || failed.Runs {
		t.Errorf("unexpected result: %v", err)
	}
}

// TestAClientThatDoesNotListenIsReportedAsRunning: a client that was started but does not listen, or that did not end,
// is running, so the error must not offer the command that would start a second one.
func TestAClientThatDoesNotListenIsReportedAsRunning(t *testing.T) {
	for name, starts := range map[string][]string{"silent": {"http://" + addr, formerProxy}, "stubborn": {silent}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t)
			d.start(func() {})
			d.expectStart(formerProxy)
			become := func() {
				if err := os.WriteFile(filepath.Join(d.home, name), nil, 0o600); err != nil {
					t.Error(err)
				}
			}
			if name == "silent" {
				become()
			}
			result := make(chan error)
			p := d.plan(d.wanted(starts[0], false))
			go func() { result <- p.Apply(t.Context()) }()
			for i, proxy := range starts {
				d.expect("ended")
				d.expectStart(proxy)
				if i == 0 && name == "stubborn" {
					become()
				}
			}
			var failed *StartError
			if err := <-result; !errors.As(err, &failed) || !failed.Runs || !runs(d.running) {
				t.Errorf("unexpected result: %v", err)
			}
		})
	}
}

// TestAClientWhoseProgramFileWasDeletedIsNotEnded: if the client's program file was deleted, before the plan or after
// it, the client keeps running, since it could not be started again.
func TestAClientWhoseProgramFileWasDeletedIsNotEnded(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.program = filepath.Join(d.home, "client")
	if err := os.Link(os.Args[0], d.program); err != nil {
		text, err := os.ReadFile(os.Args[0])
		if err == nil {
			err = os.WriteFile(d.program, text, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.start(func() {})
	d.expectStart(formerProxy)
	p := d.plan(d.wanted("http://"+addr, false))
	if err := os.Remove(d.program); err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context()); !errors.Is(err, launch.ErrNotFound) || !runs(d.running) {
		t.Errorf("unexpected result: %v", err)
	}
	if _, err := New(t.Context(), idleSystem(d.home), d.wanted("http://"+addr, false)); !errors.Is(err, launch.ErrNotFound) || !runs(d.running) {
		t.Errorf("unexpected result: %v", err)
	}
}

// TestAClientWhoseFolderWasDeletedIsStartedInTheHomeFolder: it is started in the user's home folder.
func TestAClientWhoseFolderWasDeletedIsStartedInTheHomeFolder(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.folder = filepath.Join(d.home, "gone")
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	d.start(func() {})
	d.expectStart(formerProxy)
	p := d.plan(d.wanted("http://"+addr, false))
	if err := os.Remove(d.folder); err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.expect("ended")
	var err error
	if d.folder, err = os.UserHomeDir(); err != nil {
		t.Fatal(err)
	}
	d.expectStart("http://" + addr)
}

// TestARestartThatHasBegunIsFinished: closing the window during a restart must not leave the client stopped; closing it
// before must leave the client alone.
func TestARestartThatHasBegunIsFinished(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.start(cancel)
	d.expectStart(formerProxy)
	if err := d.plan(d.wanted("http://"+addr, false)).Apply(ctx); err != nil {
		t.Error(err)
	}
	d.expect("ended")
	d.expectStart("http://" + addr)
	if err := d.plan(d.wanted(formerProxy, false)).Apply(ctx); !errors.Is(err, context.Canceled) || !runs(d.running) {
		t.Errorf("unexpected result: %v", err)
	}
}

// TestASupervisedClientIsNotStartedTwice: if something else starts the client again when it ends, the restart
// must not start it too.
func TestASupervisedClientIsNotStartedTwice(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.start(func() { d.start(func() {}) })
	d.expectStart(formerProxy)
	if err := d.plan(d.wanted("http://"+addr, false)).Apply(t.Context()); !errors.Is(err, ErrSupervised) {
		t.Errorf("unexpected result: %v", err)
	}
	d.expect("ended")
	d.expectStart(formerProxy)
	r, err := readRun(d.running)
	if err != nil {
		t.Fatal(err)
	}
	if all := r.all(nil); len(all) != 1 {
		t.Errorf("%d of the client run, want 1", len(all))
	}
}

// TestTheMainProcessOfAServiceIsNotRestarted: the main program of a service is not ended, since systemd may start it
// again at any time, and would not know of the one that this program starts.
func TestTheMainProcessOfAServiceIsNotRestarted(t *testing.T) {
	d := newDaemon(t)
	d.start(func() {})
	d.expectStart(formerProxy)
	report := filepath.Join(d.home, "calls")
	write(t, filepath.Join(d.home, "systemctl"), "#!/bin/sh\necho \"$@\" >>'"+report+"'\necho "+strconv.Itoa(d.running)+"\n")
	if err := os.Chmod(filepath.Join(d.home, "systemctl"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", d.home+":"+os.Getenv("PATH"))
	r, err := readRun(d.running)
	if err != nil {
		t.Fatal(err)
	}
	for _, groups := range []string{"0::/system.slice/x.service\n", "0::/\n2:cpu:/y.service\n1:name=systemd:/user.slice/user@1000.service/app.slice/x.service\n"} {
		r.group = groupOf(groups)
		if err := r.restart(t.Context(), r); !errors.Is(err, ErrSupervised) || !runs(d.running) {
			t.Errorf("%s: restart returned %v", groups, err)
		}
	}
	if got := read(t, report); got != "show -p MainPID --value -- x.service\n--user show -p MainPID --value -- x.service\n" {
		t.Errorf("systemctl was called with %q, want %q", got, "show -p MainPID --value -- x.service\n--user show -p MainPID --value -- x.service\n")
	}
	r.group = "/system.slice/x.service"
	r.pid++
	if r.supervised(t.Context()) {
		t.Error("another process of the service counts as its main process")
	}
	r.pid--
	if r.group = "/user.slice/user@1000.service/init.scope"; r.supervised(t.Context()) {
		t.Error("a process that no service started counts as a service")
	}
}
