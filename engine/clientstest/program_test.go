package clientstest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that takes a moment, before it fails.
const patience = 20 * time.Second

// binary is the program under test, set by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program and runs all tests. It is not part of TestMain because os.Exit would skip its defer.
func run(m *testing.M) int {
	if binary = os.Getenv("BITTORATIO"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "bittoratio-clientstest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "bittoratio")
	build := exec.Command("go", "build", "-tags", "nogui", "-o", binary, "bittoratio")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// logLine is one line of the headless log.
type logLine struct {
	Msg      string  `json:"msg"`
	Level    string  `json:"level"`
	Addr     string  `json:"addr"`
	Tracker  string  `json:"tracker"`
	InfoHash string  `json:"info_hash"`
	Event    string  `json:"event"`
	Seen     uint64  `json:"seen"`
	Reported uint64  `json:"reported"`
	Factor   float64 `json:"factor"`
	Outcome  string  `json:"outcome"`
	Status   int     `json:"status"`
	Pending  int     `json:"kept"`

	all map[string]any // every field
}

// program is one run of the headless program, with -log json.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string // where clients connect
	dir  string // the data folder

	done chan struct{} // closed after the process has ended and its output is read
	err  error         // of the process; read after done

	mu      sync.Mutex
	lines   []logLine     // guarded by mu
	raw     bytes.Buffer  // all of standard output; guarded by mu
	grown   chan struct{} // closed and replaced at each line; guarded by mu
	errText lockedText
}

// lockedText is text that a process writes while a test reads it.
type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startProgram starts the program without a window, with this data folder and a free port, and waits until the port is
// open. It ends with the test at the latest.
func startProgram(t *testing.T, dir string, flags ...string) *program {
	t.Helper()
	return startProgramIn(t, nil, dir, flags...)
}

// startProgramIn is startProgram with additional environment variables.
func startProgramIn(t *testing.T, env []string, dir string, flags ...string) *program {
	t.Helper()
	p := launch(t, env, dir, flags...)
	p.addr = p.await("the port is open", func(l *logLine) bool { return l.Msg == "listening" }).Addr
	return p
}

// launch starts the program and does not wait for its port.
func launch(t *testing.T, env []string, dir string, flags ...string) *program {
	t.Helper()
	args := append([]string{"-headless", "-log", "json", "-listen", "127.0.0.1:0", "-data", dir}, flags...)
	p := &program{t: t, cmd: exec.Command(binary, args...), dir: dir, done: make(chan struct{}), grown: make(chan struct{})}
	p.cmd.Stderr = &p.errText
	p.cmd.Env = append(os.Environ(), env...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(p.end)
	return p
}

// read collects the log until the process ends, and then waits for the process.
func (p *program) read(out io.Reader) {
	defer close(p.done)
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		var l logLine
		err := json.Unmarshal(scan.Bytes(), &l)
		if err == nil {
			err = json.Unmarshal(scan.Bytes(), &l.all)
		}
		p.mu.Lock()
		p.raw.Write(scan.Bytes())
		p.raw.WriteByte('\n')
		if err != nil {
			l = logLine{Msg: "not JSON: " + scan.Text()}
		}
		p.lines = append(p.lines, l)
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
}

// end kills the process if it still runs, and logs its output if the test failed.
func (p *program) end() {
	_ = p.cmd.Process.Kill()
	<-p.done
	if p.t.Failed() {
		p.t.Logf("output of the program:\n%s%s", p.output(), p.errText.String())
	}
}

// output returns the standard output so far.
func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw.String()
}

// log returns the lines so far for which wanted returns true.
func (p *program) log(wanted func(*logLine) bool) []logLine {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []logLine
	for i := range p.lines {
		if wanted(&p.lines[i]) {
			found = append(found, p.lines[i])
		}
	}
	return found
}

// await waits for the first line for which wanted returns true; what describes that line in failures.
func (p *program) await(what string, wanted func(*logLine) bool) logLine {
	p.t.Helper()
	late := time.After(patience)
	for {
		p.mu.Lock()
		grown := p.grown
		p.mu.Unlock()
		if found := p.log(wanted); len(found) > 0 {
			return found[0]
		}
		select {
		case <-grown:
		case <-p.done:
			if found := p.log(wanted); len(found) > 0 {
				return found[0]
			}
			p.t.Fatalf("the program ended (%v) before this was logged: %s\n%s", p.err, what, p.errText.String())
		case <-late:
			p.t.Fatalf("not logged within %v: %s", patience, what)
		}
	}
}

func (p *program) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("sending signal %v: %v", s, err)
	}
}

// wait waits for the end of the process and returns its exit status, which is -1 if a signal killed it.
func (p *program) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the program did not end within %v", patience)
	}
	return exitStatus(p.t, p.err)
}

// stop ends the program with SIGTERM and returns its last log line.
func (p *program) stop() logLine {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if status := p.wait(); status != 0 {
		p.t.Fatalf("exit status %d after SIGTERM, want 0\n%s", status, p.errText.String())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[len(p.lines)-1]
}

// kill ends the program at once, as a crash would.
func (p *program) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	p.wait()
}

func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatalf("running the program: %v", err)
	return 0
}

// runOnce runs the program with exactly these arguments until it ends without a signal.
func runOnce(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !stuck.Stop() {
		t.Fatalf("%s did not end within %v\n%s%s", strings.Join(args, " "), patience, out.String(), errs.String())
	}
	return out.String(), errs.String(), exitStatus(t, err)
}

// eventually waits until holds returns true, which it calls ten times a second, and fails the test after a minute. It
// is for conditions that no signal announces.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late := time.After(60 * time.Second)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("still not true after a minute: %s", what)
		}
	}
}
