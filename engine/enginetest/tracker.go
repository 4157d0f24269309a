package enginetest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Tracker records every request head, byte for byte, and answers what its script says.
type Tracker struct {
	Addr string // host:port

	l        net.Listener
	script   func(*Exchange)
	done     sync.WaitGroup
	recorded chan struct{} // one slot: a head was recorded

	mu    sync.Mutex
	heads []string              // guarded by mu
	conns int                   // guarded by mu; accepted ever
	open  map[net.Conn]struct{} // guarded by mu
}

// Exchange is one request at a tracker, for the script that answers it.
type Exchange struct {
	Head string
	N    int // number of the request at this tracker, from 1
	Conn *net.TCPConn

	r *bufio.Reader
}

// Send writes bytes as they are; a client that has gone is no fault.
func (x *Exchange) Send(pieces ...string) {
	for _, p := range pieces {
		_, _ = io.WriteString(x.Conn, p)
	}
}

// Answer writes a whole 200 answer with this body.
func (x *Exchange) Answer(body string) { x.Send(Answer(body)) }

// Reset breaks the connection: what was sent may be lost.
func (x *Exchange) Reset() {
	_ = x.Conn.SetLinger(0)
	_ = x.Conn.Close()
}

// Close ends the connection in order.
func (x *Exchange) Close() { _ = x.Conn.Close() }

// Body reads n bytes of the request's body.
func (x *Exchange) Body(n int) string {
	b := make([]byte, n)
	got, _ := io.ReadFull(x.r, b)
	return string(b[:got])
}

// Query returns the value of a parameter as it was written, escapes and all.
func (x *Exchange) Query(key string) string { return Query(x.Head, key) }

// NewTracker serves on 127.0.0.2, which clients do not take for their own machine's usual name. A nil script answers
// every announce well.
func NewTracker(t testing.TB, script func(*Exchange)) *Tracker {
	t.Helper()
	return NewTrackerAt(t, "127.0.0.2:0", script)
}

// NewTrackerAt is NewTracker at an address of one's own.
func NewTrackerAt(t testing.TB, addr string, script func(*Exchange)) *Tracker {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if script == nil {
		script = func(x *Exchange) { x.Answer(Peers) }
	}
	tr := &Tracker{Addr: l.Addr().String(), l: l, script: script, recorded: make(chan struct{}, 1), open: map[net.Conn]struct{}{}}
	tr.done.Go(tr.accept)
	t.Cleanup(tr.Close)
	return tr
}

// Close ends it with all its connections. Closing twice is no fault.
func (tr *Tracker) Close() {
	_ = tr.l.Close()
	tr.mu.Lock()
	for c := range tr.open {
		_ = c.Close()
	}
	tr.mu.Unlock()
	tr.done.Wait()
}

func (tr *Tracker) accept() {
	for {
		c, err := tr.l.Accept()
		if err != nil {
			return
		}
		tr.mu.Lock()
		tr.conns++
		tr.open[c] = struct{}{}
		tr.mu.Unlock()
		tr.done.Go(func() { tr.serve(c.(*net.TCPConn)) })
	}
}

func (tr *Tracker) serve(c *net.TCPConn) {
	defer func() {
		_ = c.Close()
		tr.mu.Lock()
		delete(tr.open, c)
		tr.mu.Unlock()
	}()
	r := bufio.NewReader(c)
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		tr.mu.Lock()
		tr.heads = append(tr.heads, head)
		n := len(tr.heads)
		tr.mu.Unlock()
		select {
		case tr.recorded <- struct{}{}:
		default:
		}
		tr.script(&Exchange{Head: head, N: n, Conn: c, r: r})
	}
}

// Heads returns the heads received so far.
func (tr *Tracker) Heads() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]string(nil), tr.heads...)
}

// Conns returns how many connections were ever accepted.
func (tr *Tracker) Conns() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.conns
}

// Await waits until n heads were received, and returns them all.
func (tr *Tracker) Await(t testing.TB, n int) []string {
	t.Helper()
	timeout := time.After(patience)
	for {
		if heads := tr.Heads(); len(heads) >= n {
			return heads
		}
		select {
		case <-tr.recorded:
		case <-timeout:
			t.Fatalf("the tracker received %d requests, not %d", len(tr.Heads()), n)
		}
	}
}

// Peers is an answer without peers, with half an hour to the next announce.
const Peers = "d8:completei2e10:incompletei1e8:intervali1800e5:peers0:e"

// Answer returns a whole answer with status 200 and a length.
func Answer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// Announce returns an announce as Transmission sends it to a proxy; extra follows in the query.
func Announce(tracker, uploaded, extra string) string {
	return "GET http://" + tracker + "/announce?info_hash=" + InfoHash + "&peer_id=-TR4100-0123456789ab&port=51413&uploaded=" + uploaded +
		"&downloaded=0&left=0&compact=1" + extra + " HTTP/1.1\r\nHost: " + tracker + "\r\nUser-Agent: Transmission/4.1.0\r\n\r\n"
}

// InfoHash is the torrent of [Announce], as it is written in a query; HexHash the same in hex.
const (
	InfoHash = "%01%02%03456789abcdefghijk"
	HexHash  = "0102033435363738396162636465666768696a6b"
)

// Query returns the value of a parameter in a head's target as it was written, escapes and all.
func Query(head, key string) string {
	target, _, _ := strings.Cut(head, "\r\n")
	_, query, _ := strings.Cut(target, "?")
	query, _, _ = strings.Cut(query, " ")
	for pair := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(pair, key+"="); ok {
			return v
		}
	}
	return ""
}

// readHead reads up to and with a blank line.
func readHead(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			if b.Len() > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return b.String(), err
		}
		if line == "\r\n" {
			return b.String(), nil
		}
	}
}
