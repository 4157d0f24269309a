package engine_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// outage is a client, a program at 3×, and a tracker that can fail.
type outage struct {
	t        *testing.T
	e        *engine.Engine
	tracker  *enginetest.Tracker
	target   string        // host:port, as in the client's requests
	gate     chan struct{} // closed when the client has read what it must read first
	fault    atomic.Pointer[func(x *enginetest.Exchange)]
	recorded uint64 // how many exchanges the program has recorded
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	return startOutage(t, engine.Options{Multiplier: 3 * policy.One})
}

func startOutage(t *testing.T, o engine.Options) *outage {
	t.Helper()
	d := &outage{t: t, gate: make(chan struct{}), e: enginetest.Engine(t, o)}
	_, ours, _ := strings.Cut(d.e.Snapshot().Addr, ":")
	d.target = ours
	for strings.HasSuffix(d.target, ours) { // the program takes the same port on another loopback address for its own
		d.tracker = enginetest.NewTracker(t, d.serve)
		d.target = d.tracker.Addr
	}
	return d
}

func (d *outage) serve(x *enginetest.Exchange) {
	if f := d.fault.Load(); f != nil {
		(*f)(x)
		return
	}
	x.Answer(enginetest.Peers)
}

func (d *outage) setFault(f func(x *enginetest.Exchange)) { d.fault.Store(&f) }

func (d *outage) clearFault() { d.fault.Store(nil) }

// announce returns a whole request on its own connection; each peer is another session.
func (d *outage) announce(peer byte, uploaded int, event string) string {
	if event != "" {
		event = "&event=" + event
	}
	return fmt.Sprintf("GET http://%s/announce?info_hash=%s&peer_id=-TR4100-%012d&port=51413&uploaded=%d&downloaded=0&left=0&compact=1%s HTTP/1.1\r\n"+
		"Host: %s\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n", d.target, enginetest.InfoHash, peer, uploaded, event, d.target)
}

// send sends a request and reads the whole answer; it closes the gate after first bytes. err is nil if the connection
// ended in an orderly way.
func (d *outage) send(request string, first int) (answer string, err error) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.e.Snapshot().Addr)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(40 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		d.t.Fatal(err)
	}
	var b bytes.Buffer
	if first > 0 {
		if _, err := io.CopyN(&b, c, int64(first)); err != nil {
			d.t.Errorf("the client got only %q: %v", b.String(), err)
		}
		close(d.gate)
	}
	_, err = io.Copy(&b, c)
	d.recorded++
	return b.String(), err
}

// snapshot returns the program's state once every exchange is recorded.
func (d *outage) snapshot() *engine.Snapshot {
	d.t.Helper()
	var s *engine.Snapshot
	await(d.t, "every exchange is recorded", func() bool {
		s = d.e.Snapshot()
		return s.Seq >= d.recorded
	})
	return s
}

// received returns the totals that the tracker received, with their events.
func (d *outage) received() string {
	out := ""
	for _, head := range d.tracker.Heads() {
		out += enginetest.Query(head, "uploaded") + enginetest.Query(head, "event") + " "
	}
	return out
}

// await checks a hundred times a second.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	late := time.After(45 * time.Second)
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("not within 45 seconds: %s", what)
		}
	}
}

// good is the answer that gets cached.
var good = enginetest.Answer(enginetest.Peers)

// ownAnswer is the program's own answer if none is cached: a status line with words for libtorrent, a bencoded reason for
// rTorrent, and a code for Transmission.
func ownAnswer(words string) string {
	words = "BittOratio: " + words
	body := fmt.Sprintf("d14:failure reason%d:%se", len(words), words)
	return fmt.Sprintf("HTTP/1.1 504 %s\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"+
		"Cache-Control: no-store\r\nContent-Length: %d\r\n\r\n%s", words, len(body), body)
}

const (
	broke   = "the connection to the tracker broke"
	notHTTP = "the tracker's answer was not valid HTTP"
	late    = "the tracker did not answer in time"
	closing = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + enginetest.Peers
	page    = "<!doctype html><title>Please log in</title>"
	no      = "d14:failure reason12:unregisterede"
)

// gzipped returns a gzip answer with this body.
func gzipped(body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + fmt.Sprint(b.Len()) + "\r\n\r\n" + b.String()
}

// sendAndClose returns a fault: only bytes, and the connection's end.
func sendAndClose(s string) func(*outage, *enginetest.Exchange) {
	return func(_ *outage, x *enginetest.Exchange) {
		x.Send(s)
		x.Close()
	}
}

// sendInTwo sends one part, and the rest when the client has read that part.
func sendInTwo(part, rest string, end func(*enginetest.Exchange)) func(*outage, *enginetest.Exchange) {
	return func(d *outage, x *enginetest.Exchange) {
		x.Send(part)
		<-d.gate
		x.Send(rest)
		end(x)
	}
}

// trackerFault is one fault of a tracker, and the expected results: what the client gets, what the tracker has received,
// and what the program then knows.
type trackerFault struct {
	fault    func(d *outage, x *enginetest.Exchange)
	event    string
	uncached bool // nothing is cached

	client string        // what it gets, byte for byte
	first  int           // bytes that it reads before the tracker continues
	cut    bool          // its connection is reset
	least  time.Duration // of the client's wait
	most   time.Duration // of the client's wait; 0 for 2 s
	cached string        // the cached answer afterwards; empty for the old one

	outcome exchange.Outcome
	problem exchange.Problem
	failure string
	pending bool // and is not sent again within 30 s
}

const partial = "HTTP/1.1 200 OK\r\nContent-Length: 56\r\n\r\nd8:complete"

func trackerFaults() map[string]trackerFault {
	const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
	bomb := gzipped(strings.Repeat("d", 20<<20))
	return map[string]trackerFault{
		"reset before an answer": {
			fault:  func(_ *outage, x *enginetest.Exchange) { x.Reset() },
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemReset, pending: true,
		},
		"end before an answer": {
			fault:  sendAndClose(""),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemReset, pending: true,
		},
		"end before an answer, nothing cached": {
			fault: sendAndClose(""), uncached: true,
			client: ownAnswer(broke), outcome: exchange.OutcomeFailed, problem: exchange.ProblemReset, pending: true,
		},
		"end within the head": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nContent-Le"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemReset, pending: true,
		},
		"reset within the answer": {
			fault:  sendInTwo(partial, "", (*enginetest.Exchange).Reset),
			client: partial, first: len(partial), outcome: exchange.OutcomeForwarded, problem: exchange.ProblemReset,
		},
		"shorter than its length": {
			fault:  sendAndClose(partial),
			client: partial, outcome: exchange.OutcomeForwarded, problem: exchange.ProblemReset,
		},
		"chunked without an end": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n"),
			client: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n", outcome: exchange.OutcomeForwarded, problem: exchange.ProblemReset,
		},
		"reset of an answer that only the end delimits": {
			fault:  sendInTwo("HTTP/1.0 200 OK\r\n\r\nd8:complete", "", (*enginetest.Exchange).Reset),
			client: "HTTP/1.0 200 OK\r\n\r\nd8:complete", first: 30, cut: true, outcome: exchange.OutcomeForwarded, problem: exchange.ProblemReset,
		},
		"bad chunk size": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nde\r\n0\r\n\r\n"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemProtocol,
		},
		"bad chunk size after a good one": {
			fault:  sendInTwo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nd\r\n", "x\r\n", (*enginetest.Exchange).Close),
			client: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nd\r\n", first: 53, outcome: exchange.OutcomeForwarded, problem: exchange.ProblemProtocol,
		},
		"length and chunks": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"),
			client: chunks, cached: chunks, outcome: exchange.OutcomeForwarded,
		},
		"length and chunks, nothing cached": {
			fault: sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"), uncached: true,
			client: chunks, cached: chunks, outcome: exchange.OutcomeForwarded,
		},
		"length and unknown chunks": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemProtocol,
		},
		"length and unknown chunks, nothing cached": {
			fault: sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"), uncached: true,
			client: ownAnswer(notHTTP), outcome: exchange.OutcomeFailed, problem: exchange.ProblemProtocol,
		},
		"two lengths": {
			fault:  sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nde"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemProtocol,
		},
		"not HTTP at all": {
			fault:  sendAndClose("220 mail.example ESMTP\r\n\r\n"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemProtocol,
		},
		"a page with status 200": {
			fault:  sendAndClose(enginetest.Answer(page)),
			client: enginetest.Answer(page), outcome: exchange.OutcomeForwarded, problem: exchange.ProblemAnswer,
		},
		"failure reason": {
			fault:  sendAndClose(enginetest.Answer(no)),
			client: enginetest.Answer(no), outcome: exchange.OutcomeForwarded, failure: "unregistered",
		},
		"failure reason to an event": {
			fault: sendAndClose(enginetest.Answer(no)), event: "completed",
			client: enginetest.Answer(no), outcome: exchange.OutcomeForwarded, failure: "unregistered",
		},
		"500": {
			fault:  sendAndClose("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nde"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemStatus, pending: true,
		},
		"failure reason with 500": {
			fault:  sendAndClose("HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no),
			client: "HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no, outcome: exchange.OutcomeForwarded, failure: "unregistered",
		},
		"failure reason with 500, nothing cached": {
			fault: sendAndClose("HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no), uncached: true,
			client: "HTTP/1.1 500 Oh\r\nContent-Length: 34\r\n\r\n" + no, outcome: exchange.OutcomeForwarded, failure: "unregistered",
		},
		"522 of a proxy in front of the tracker": {
			fault:  sendAndClose("HTTP/1.1 522 <none>\r\nContent-Length: 0\r\n\r\n"),
			client: good, outcome: exchange.OutcomeCached, problem: exchange.ProblemStatus, pending: true,
		},
		"500, nothing cached": {
			fault: sendAndClose("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nde"), uncached: true,
			client: "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nde", outcome: exchange.OutcomeForwarded, problem: exchange.ProblemStatus, pending: true,
		},
		"503 with Retry-After": {
			fault:  sendAndClose("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
			client: "HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", outcome: exchange.OutcomeForwarded, problem: exchange.ProblemStatus, pending: true,
		},
		"429 with Retry-After": {
			fault:  sendAndClose("HTTP/1.1 429 Slow down\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
			client: "HTTP/1.1 429 Slow down\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", outcome: exchange.OutcomeForwarded, problem: exchange.ProblemAnswer,
		},
		"a redirect": {
			fault:  sendAndClose("HTTP/1.1 301 Moved\r\nLocation: http://other.example/announce\r\nContent-Length: 0\r\n\r\n"),
			client: "HTTP/1.1 301 Moved\r\nLocation: http://other.example/announce\r\nContent-Length: 0\r\n\r\n", outcome: exchange.OutcomeForwarded, problem: exchange.ProblemAnswer,
		},
		"an interim answer first": {
			fault:  sendAndClose("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + enginetest.Answer("d8:intervali60ee")),
			client: "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + enginetest.Answer("d8:intervali60ee"), cached: enginetest.Answer("d8:intervali60ee"),
			outcome: exchange.OutcomeForwarded,
		},
		"an end instead of a length": {
			fault:  sendAndClose(closing),
			client: closing, cached: closing, outcome: exchange.OutcomeForwarded,
		},
		"three mebibytes": {
			fault:  sendAndClose(enginetest.Answer(strings.Repeat("x", 3<<20))),
			client: enginetest.Answer(strings.Repeat("x", 3<<20)), outcome: exchange.OutcomeForwarded, problem: exchange.ProblemAnswer, most: 10 * time.Second,
		},
		"a compression bomb": {
			fault:  sendAndClose(bomb),
			client: bomb, outcome: exchange.OutcomeForwarded, problem: exchange.ProblemAnswer, most: 20 * time.Second,
		},
		"silence": {
			fault:  func(_ *outage, x *enginetest.Exchange) { x.Body(1) },
			client: good, least: 1900 * time.Millisecond, most: 3500 * time.Millisecond, outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, pending: true,
		},
		"silence, nothing cached": {
			fault: func(_ *outage, x *enginetest.Exchange) { x.Body(1) }, uncached: true,
			client: ownAnswer(late), cached: ownAnswer(late), least: 2900 * time.Millisecond, most: 4500 * time.Millisecond, outcome: exchange.OutcomeFailed, problem: exchange.ProblemTimeout, pending: true,
		},
		"silence to stopped": {
			fault: func(_ *outage, x *enginetest.Exchange) { x.Body(1) }, event: "stopped",
			client: good, least: 900 * time.Millisecond, most: 3500 * time.Millisecond, outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, pending: true,
		},
		"a head that arrives slowly": {
			fault: func(_ *outage, x *enginetest.Exchange) {
				for i := range 9 {
					x.Send(partial[i : i+1])
					time.Sleep(time.Second)
				}
			},
			client: good, least: 1900 * time.Millisecond, most: 3500 * time.Millisecond, outcome: exchange.OutcomeCached, problem: exchange.ProblemTimeout, pending: true,
		},
		"a body that stops": {
			fault: func(_ *outage, x *enginetest.Exchange) {
				x.Send(partial)
				x.Body(1)
			},
			client: partial, least: 2400 * time.Millisecond, most: 4 * time.Second, outcome: exchange.OutcomeForwarded, problem: exchange.ProblemTimeout,
		},
		"a body that arrives slowly": {
			fault: func(_ *outage, x *enginetest.Exchange) {
				x.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
				for range 5 {
					time.Sleep(time.Second)
					x.Send("d")
				}
				x.Body(1)
			},
			client: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("d", 5), least: 7 * time.Second, most: 9500 * time.Millisecond,
			outcome: exchange.OutcomeForwarded, problem: exchange.ProblemTimeout,
		},
	}
}

// TestClientsAreServedThroughEveryTrackerFault plays each fault to two clients: to one the tracker has answered before,
// to the other never. The cases run in parallel, because some wait for seconds: the time limits are the real ones.
func TestClientsAreServedThroughEveryTrackerFault(t *testing.T) {
	enginetest.Parallel(t)
	sideBySide(t, trackerFaults(), func(t *testing.T, r trackerFault) { playFault(t, &r) })
}

// sideBySide runs each case of a table on its own goroutine: mostly they wait, and do not need a processor.
func sideBySide[R any](t *testing.T, table map[string]R, play func(*testing.T, R)) {
	var running sync.WaitGroup
	for name, r := range table {
		running.Go(func() { t.Run(name, func(t *testing.T) { play(t, r) }) })
	}
	running.Wait()
}

func playFault(t *testing.T, r *trackerFault) {
	d := newOutage(t)
	want, reported, cachedBefore := "", uint64(1000), ownAnswer(broke)
	if !r.uncached {
		if got, err := d.send(d.announce(1, 0, "started"), 0); got != good || err != nil {
			t.Fatalf("before the fault the client got %q, %v", got, err)
		}
		want, reported, cachedBefore = "0started ", 3000, good
	}
	d.setFault(func(x *enginetest.Exchange) { r.fault(d, x) })
	began := time.Now()
	got, err := d.send(d.announce(1, 1000, r.event), r.first)
	took := time.Since(began)

	if got != r.client {
		t.Errorf("the client got %.300q, want %.300q", got, r.client)
	}
	if (err != nil) != r.cut {
		t.Errorf("the client's connection ended with %v, want an error: %v", err, r.cut)
	}
	if took < r.least || took > cmp.Or(r.most, 2*time.Second) {
		t.Errorf("the client waited %v, want %v to %v", took, r.least, cmp.Or(r.most, 2*time.Second))
	}
	if want += fmt.Sprintf("%d%s ", reported, r.event); d.received() != want {
		t.Errorf("the tracker received %q, want %q", d.received(), want)
	}
	r.checkState(t, d.snapshot(), reported)

	// The cached answer shows when the tracker is silent.
	d.setFault((*enginetest.Exchange).Reset)
	if got, _ := d.send(d.announce(1, 2000, ""), 0); got != cmp.Or(r.cached, cachedBefore) {
		t.Errorf("while the tracker is silent the client got %.300q, want %.300q", got, cmp.Or(r.cached, cachedBefore))
	}
}

// checkState checks the ledger and the spool after the fault.
func (r *trackerFault) checkState(t *testing.T, s *engine.Snapshot, reported uint64) {
	t.Helper()
	torrent := s.Torrents[0]
	seen, since := uint64(1000), reported
	if r.uncached {
		seen, since = 0, 0 // the session began there
	}
	if torrent.Seen != seen || torrent.Reported != since {
		t.Errorf("the ledger has %d seen and %d reported, want %d and %d", torrent.Seen, torrent.Reported, seen, since)
	}
	if torrent.Outcome != r.outcome || torrent.Problem != r.problem || torrent.Failure != r.failure {
		t.Errorf("recorded: %v, problem %d, failure %q; want %v, %d, %q", torrent.Outcome, torrent.Problem, torrent.Failure, r.outcome, r.problem, r.failure)
	}
	if !r.pending {
		if len(s.Pending) != 0 {
			t.Errorf("pending: %+v, want nothing", s.Pending)
		}
		return
	}
	if len(s.Pending) != 1 {
		t.Fatalf("%d announces are pending, want 1", len(s.Pending))
	}
	k := s.Pending[0]
	if k.Event.String() != r.event || k.Reported != reported || k.NextTry.Sub(s.At) < 25*time.Second || k.NextTry.Sub(k.Since) < 30*time.Second {
		t.Errorf("pending at %v: %+v; want the event with %d reported, and no try within 30 s", s.At, k, reported)
	}
}

// restart restarts the program on the same data folder.
func (d *outage) restart() {
	d.t.Helper()
	addr := d.snapshot().Addr
	if err := d.e.Close(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	d.e = enginetest.Engine(d.t, engine.Options{Multiplier: 3 * policy.One, Folder: d.e.Folder(), Listen: addr})
	d.recorded = 0
}
