package main

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	role := flag.String("role", "", "what a child process does: origin, floor, reverse, front or intercept; this command starts its children itself")
	progs := flag.String("prog", "", "the program to measure, or several with commas between them; it is built if this is empty")
	rounds := flag.Int("rounds", 5, "rounds; the table shows medians")
	n := flag.Int("n", 4000, "announces in each cell, at least one for each worker; a quarter of that in cells of https")
	cells := flag.String("cells", "close/32,close/1,kept/32,kept/1", "cells, each a kind of connection / workers; https/32, httpsnew/32 and httpskept/32 are measured in a run of their own")
	dir := flag.String("dir", "", "folder of a child process")
	of := flag.String("origin", "", "address of the tracker, for a child process")
	vary := flag.Bool("vary", false, "let the tracker's answers differ, so that the program must read and store each of them")
	flag.Parse()
	if *role != "" {
		child(*role, *vary, *dir, *of)
		return
	}
	plain, secure, err := parseCells(*cells)
	check(err)
	if *rounds < 1 {
		log.Fatal("-rounds is below 1")
	}
	work, err := os.MkdirTemp("", "load")
	check(err)
	defer os.RemoveAll(work)
	if *progs == "" {
		*progs = filepath.Join(work, "BittOratio")
		build(*progs)
	}
	originAt := start(os.Args[0], "-role", "origin", "-vary="+strconv.FormatBool(*vary))
	defer originAt.stop()
	if len(plain) > 0 {
		plainRun(strings.Split(*progs, ","), work, originAt.addr, plain, *rounds, *n)
	}
	if len(secure) > 0 {
		secureRun(strings.Split(*progs, ","), work, originAt.addr, secure, *rounds, *n/4)
	}
}

// cell is one measurement.
type cell struct {
	mode    string // the kind of connection
	workers int
}

func (c cell) String() string { return c.mode + "/" + strconv.Itoa(c.workers) }

// parseCells reads the list of cells: those of http, and those of https.
func parseCells(list string) (plain, secure []cell, err error) {
	for text := range strings.SplitSeq(list, ",") {
		mode, workers, _ := strings.Cut(text, "/")
		n, err := strconv.Atoi(workers)
		if err != nil || n < 1 {
			return nil, nil, fmt.Errorf("-cells: %q is not a kind of connection, / and a number of workers", text)
		}
		switch mode {
		case "close", "kept":
			plain = append(plain, cell{mode, n})
		case "https", "httpsnew", "httpskept":
			secure = append(secure, cell{mode, n})
		default:
			return nil, nil, fmt.Errorf("-cells: %q is no kind of connection", mode)
		}
	}
	return plain, secure, nil
}

// share returns how many of n announces each worker sends.
func share(n, workers int) int { return max(1, n/workers) }

// plainRun measures the cells of http for all programs, directly, and for the two proxies to compare with, and prints
// the table.
func plainRun(progs []string, dir, origin string, cells []cell, rounds, n int) {
	subjects := []*process{
		{name: "direct", addr: origin},
		named(floorName, start(os.Args[0], "-role", "floor")),
		named("ReverseProxy", start(os.Args[0], "-role", "reverse")),
	}
	for i, prog := range progs {
		subjects = append(subjects, named(filepath.Base(prog), startProgram(prog, filepath.Join(dir, strconv.Itoa(i)))))
	}
	for _, s := range subjects[1:] {
		defer s.stop()
	}
	time.Sleep(idleTime)
	for _, s := range subjects[1:] {
		s.idle = s.memory()
	}
	results := map[string][]result{}
	for round := range rounds {
		for _, cell := range cells {
			for i := range subjects {
				s := subjects[(i+round)%len(subjects)]
				if cell.mode == "kept" && s.name == floorName {
					continue // it handles one announce for each connection
				}
				results[cell.String()+s.name] = append(results[cell.String()+s.name], measure(s, origin, cell.mode == "kept", cell.workers, n))
			}
		}
	}
	report(subjects, 3, cells, results)
	reportRest(subjects)
	for _, prog := range progs {
		fmt.Printf("%s, start to first accept: %v with no session, %v with %d in the ledger\n", filepath.Base(prog),
			firstAccept(prog, filepath.Join(dir, "fresh"), 0), firstAccept(prog, filepath.Join(dir, "full"), manySessions), manySessions)
	}
}

func build(to string) {
	c := exec.Command("go", "build", "-tags", "nogui", "-trimpath", "-ldflags", "-s -w", "-o", to, "bittoratio")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	c.Stderr = os.Stderr
	check(c.Run())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// child serves until its standard input ends.
func child(role string, vary bool, dir, of string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("{\"addr\":%q}\n", l.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	switch role {
	case "origin":
		(&origin{vary: vary}).serve(l)
	case "front":
		frontend(l, dir, of)
	case "intercept":
		intercept(l, dir)
	case "floor":
		floor(l)
	case "reverse":
		reverse(l)
	}
}

const floorName = "raw floor"

type result struct {
	rate, p50, p99, cpu float64 // announces per second, µs, µs, µs of processor time for each announce
}

var cellNumber atomic.Int64

// measure runs one cell: w workers, each with its own session, about n announces in all.
func measure(s *process, origin string, kept bool, w, n int) result {
	each := share(n, w)
	id := cellNumber.Add(1)
	stats(origin)
	before, began := s.seconds(), time.Now()
	times := make([][]time.Duration, w)
	var announced atomic.Uint64
	var wg sync.WaitGroup
	for i := range w {
		wg.Go(func() {
			c := client{to: s.addr, origin: origin, direct: s.cmd == nil, kept: kept, roots: s.roots, target: s.target, silent: s.silent, id: fmt.Sprintf("%06d%06d", id, i)}
			for k := range each {
				total := uint64(k) * 1000
				t := time.Now()
				c.announce(total)
				times[i] = append(times[i], time.Since(t))
				announced.Add(total)
			}
			c.close()
		})
	}
	wg.Wait()
	took := time.Since(began).Seconds()
	cpu := s.seconds() - before
	got, sum := stats(origin)
	want := announced.Load()
	if s.cmd != nil {
		want *= factor
	}
	if got != uint64(each*w) || sum != want {
		log.Fatalf("%s: the origin received %d announces with a sum of %d, not %d with %d", s.name, got, sum, each*w, want)
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	us := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Nanoseconds()) / 1000 }
	return result{float64(len(all)) / took, us(0.5), us(0.99), cpu / float64(len(all)) * 1e6}
}

// client is one BitTorrent client announcing one torrent.
type client struct {
	to, origin, id string
	direct, kept   bool
	silent         bool
	roots          *x509.CertPool // nil for http
	target         string
	c              net.Conn
	r              *bufio.Reader
	req            []byte
	got            []byte
}

func (c *client) announce(total uint64) {
	if c.c == nil {
		var err error
		c.c, err = net.Dial("tcp", c.to)
		check(err)
		if c.roots != nil {
			c.c, c.origin = c.connected(c.c), secureName
		}
		c.r = bufio.NewReader(c.c)
		c.got = make([]byte, len(answer))
	}
	c.req = append(c.req[:0], "GET "...)
	if !c.direct && c.roots == nil {
		c.req = append(append(c.req, "http://"...), c.origin...)
	}
	c.req = fmt.Appendf(c.req, "/0123456789abcdef0123456789abcdef/announce?info_hash=%%AA%%bb%%cc%%04%%05%%06%%07%%08%%09%%0a%%0b%%0c%%0d%%0e%%0f%%10%%11%%12%%13%%14&peer_id=-TR3000-%s&port=51413&uploaded=%d&downloaded=0&left=0&numwant=80&key=8a188f48&compact=1&supportcrypto=1 HTTP/1.1\r\nHost: %s\r\nUser-Agent: Transmission/3.00\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip\r\n", c.id, total, c.origin)
	if !c.kept && !c.silent {
		c.req = append(c.req, "Connection: close\r\n"...)
	}
	c.req = append(c.req, "\r\n"...)
	_, err := c.c.Write(c.req)
	check(err)
	c.read()
	if !c.kept {
		c.close()
	}
}

// read checks the answer: status 200 and the whole body.
func (c *client) read() {
	line, err := c.r.ReadString('\n')
	check(err)
	if !strings.HasPrefix(line, "HTTP/1.1 200") {
		log.Fatalf("the answer begins with %q", line)
	}
	length := -1
	for {
		line, err := c.r.ReadString('\n')
		check(err)
		if line == "\r\n" {
			break
		}
		if v, ok := strings.CutPrefix(strings.ToLower(line), "content-length: "); ok {
			length, err = strconv.Atoi(strings.TrimSpace(v))
			check(err)
		}
	}
	body := answer[bytes.Index(answer, []byte("\r\n\r\n"))+4:]
	if length != len(body) {
		log.Fatalf("the answer's body has %d bytes, not %d", length, len(body))
	}
	_, err = io.ReadFull(c.r, c.got[:length])
	check(err)
	copy(c.got[varying:], body[varying:varying+varyingDigits])
	if !bytes.Equal(c.got[:length], body) {
		log.Fatal("the answer's body is not the one that the origin sent")
	}
}

func (c *client) close() {
	if c.c != nil {
		_ = c.c.Close()
		c.c = nil
	}
}

// stats returns how many announces the origin has received since the last call, and the sum of their totals.
func stats(origin string) (n, sum uint64) {
	c, err := net.Dial("tcp", origin)
	check(err)
	defer c.Close()
	_, err = io.WriteString(c, "GET /stats HTTP/1.1\r\n\r\n")
	check(err)
	buf := make([]byte, 256)
	k, err := c.Read(buf)
	check(err)
	_, err = fmt.Sscan(string(buf[bytes.Index(buf[:k], []byte("\r\n\r\n"))+4:k]), &n, &sum)
	check(err)
	return n, sum
}

// report prints a table for each cell. The first subject is the direct connection; ours is the index of the first program
// under test, which is compared with the subjects between them.
func report(subjects []*process, ours int, cells []cell, results map[string][]result) {
	median := func(of cell, s *process, f func(result) float64) float64 {
		var v []float64
		for _, r := range results[of.String()+s.name] {
			v = append(v, f(r))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	for _, cell := range cells {
		fmt.Printf("\n%-14s %12s %12s %12s %14s\n", cell.String(), "announces/s", "added p50 µs", "added p99 µs", "CPU µs each")
		p50 := median(cell, subjects[0], func(r result) float64 { return r.p50 })
		p99 := median(cell, subjects[0], func(r result) float64 { return r.p99 })
		for _, s := range subjects {
			if results[cell.String()+s.name] == nil {
				continue
			}
			fmt.Printf("%-14s %12.0f %12.0f %12.0f %14.1f\n", s.name, median(cell, s, func(r result) float64 { return r.rate }),
				median(cell, s, func(r result) float64 { return r.p50 })-p50, median(cell, s, func(r result) float64 { return r.p99 })-p99,
				median(cell, s, func(r result) float64 { return r.cpu }))
		}
		for _, mine := range subjects[ours:] {
			for _, other := range subjects[1:ours] {
				if results[cell.String()+other.name] == nil {
					continue
				}
				rate := median(cell, mine, func(r result) float64 { return r.rate }) / median(cell, other, func(r result) float64 { return r.rate })
				cpu := median(cell, mine, func(r result) float64 { return r.cpu }) / median(cell, other, func(r result) float64 { return r.cpu })
				fmt.Printf("  %s / %-12s rate %.2f, CPU %.2f\n", mine.name, other.name, rate, cpu)
			}
		}
	}
}

// idleTime is how long wake-ups are counted. Before that, and before the load, the subjects get as long to finish what they
// have begun.
const idleTime = 10 * time.Second

// reportRest prints the memory and the wake-ups of each subject while there is nothing to do.
func reportRest(subjects []*process) {
	time.Sleep(idleTime)
	before := map[*process]int{}
	for _, s := range subjects[1:] {
		before[s] = s.wakeups()
	}
	time.Sleep(idleTime)
	fmt.Printf("\n%-14s %12s %12s %14s\n", "at rest", "MiB idle", "MiB after", "wake-ups / s")
	for _, s := range subjects[1:] {
		fmt.Printf("%-14s %12.1f %12.1f %14.1f\n", s.name, s.idle, s.memory(), float64(s.wakeups()-before[s])/idleTime.Seconds())
	}
	fmt.Println()
}
