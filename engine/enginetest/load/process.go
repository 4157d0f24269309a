package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// process is one subject of the measurement.
type process struct {
	name, addr string
	cmd        *exec.Cmd
	stdin      io.Closer
	idle       float64 // MiB

	roots  *x509.CertPool // the roots that its clients trust; nil for http
	target string         // for https: the tracker's address in CONNECT
	silent bool           // for https: its clients close the connection after each announce without "Connection: close"
}

func named(name string, p *process) *process { p.name = name; return p }

// start starts a program whose first line of output is JSON with the address at which it listens.
func start(bin string, args ...string) *process {
	p := &process{cmd: exec.Command(bin, args...)}
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	check(err)
	out, err := p.cmd.StdoutPipe()
	check(err)
	p.cmd.Stderr = os.Stderr
	check(p.cmd.Start())
	r := bufio.NewReader(out)
	line, err := r.ReadBytes('\n')
	check(err)
	var started struct{ Addr string }
	check(json.Unmarshal(line, &started))
	p.addr = started.Addr
	go func() { _, _ = io.Copy(io.Discard, r) }() // its log; ends with the process
	return p
}

func (p *process) stop() {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// seconds returns the processor time that its threads have used so far, in seconds.
func (p *process) seconds() (sum float64) {
	for _, f := range p.threads("schedstat") {
		ns, _ := strconv.ParseFloat(strings.Fields(f)[0], 64)
		sum += ns / 1e9
	}
	return sum
}

// wakeups returns how often its threads have gone to sleep so far, which is how often they were woken.
func (p *process) wakeups() (sum int) {
	for _, f := range p.threads("status") {
		_, rest, _ := strings.Cut(f, "\nvoluntary_ctxt_switches:")
		n, _ := strconv.Atoi(strings.Fields(rest)[0])
		sum += n
	}
	return sum
}

// threads returns the contents of a file in /proc for each of its threads.
func (p *process) threads(file string) (all []string) {
	if p.cmd == nil {
		return nil
	}
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/%s", p.cmd.Process.Pid, file))
	check(err)
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil { // a thread may just have ended
			all = append(all, string(b))
		}
	}
	return all
}

// memory returns the resident size in MiB.
func (p *process) memory() float64 {
	if p.cmd == nil {
		return 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	check(err)
	pages, _ := strconv.ParseFloat(strings.Fields(string(b))[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20)
}
