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

// Tracker is an http tracker that records every request head, byte for byte, and calls its script to answer it.
type Tracker struct {
	Addr string // host:port

	l        net.Listener
	script   func(*Exchange)
	done     sync.WaitGroup
	recorded chan struct{} // has one slot, filled when a head was recorded

	mu    sync.Mutex
	heads []string              // guarded by mu
	conns int                   // guarded by mu; how many were accepted
	open  map[net.Conn]struct{} // guarded by mu
}

// Exchange is one request at a Tracker, for the script that answers it.
type Exchange struct {
	Head string
	N    int // number of the request at this tracker, from 1
	Conn *net.TCPConn

	r *bufio.Reader
}

// Send sends bytes, and ignores errors: the client may have closed the connection.
func (x *Exchange) Send(pieces ...string) {
	for _, p := range pieces {
		_, _ = io.WriteString(x.Conn, p)
	}
}

// Answer sends an answer with status 200 and this body.
func (x *Exchange) Answer(body string) { x.Send(Answer(body)) }

// Reset resets the connection. Bytes that were sent before may be lost.
func (x *Exchange) Reset() {
	_ = x.Conn.SetLinger(0)
	_ = x.Conn.Close()
}

// Close closes the connection in an orderly way.
func (x *Exchange) Close() { _ = x.Conn.Close() }

// Body reads n bytes of the request's body, fewer if the connection ends.
func (x *Exchange) Body(n int) string {
	b := make([]byte, n)
	got, _ := io.ReadFull(x.r, b)
	return string(b[:got])
}

// Query returns the raw value of a query parameter, with its escapes, or "" if it is missing.
func (x *Exchange) Query(key string) string { return Query(x.Head, key) }

// NewTracker starts a tracker on 127.0.0.2, since some clients use no proxy for 127.0.0.1. A nil script answers every request
// with [Peers].
func NewTracker(t testing.TB, script func(*Exchange)) *Tracker {
	t.Helper()
	return NewTrackerAt(t, "127.0.0.2:0", script)
}

// NewTrackerAt is NewTracker at addr.
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

// Close closes the listener and all connections, and waits for their goroutines. It may be called twice.
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

// Conns returns how many connections the tracker has accepted so far.
func (tr *Tracker) Conns() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.conns
}

// Await waits until the tracker has received n heads in all, and returns them.
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

// Peers is the body of a successful answer: no peers, and an interval of half an hour.
const Peers = "d8:completei2e10:incompletei1e8:intervali1800e5:peers0:e"

// Answer returns an answer with status 200, a Content-Length and this body.
func Answer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// Announce returns an announce for tracker (host:port) as Transmission sends it to a proxy; extra is added to its query.
func Announce(tracker, uploaded, extra string) string {
	return "GET http://" + tracker + "/announce?info_hash=" + InfoHash + "&peer_id=-TR4100-0123456789ab&port=51413&uploaded=" + uploaded +
		"&downloaded=0&left=0&compact=1" + extra + " HTTP/1.1\r\nHost: " + tracker + "\r\nUser-Agent: Transmission/4.1.0\r\n\r\n"
}

// InfoHash is the info hash in [Announce], as it is written in the query. HexHash is the same one in hex.
const (
	InfoHash = "%01%02%03456789abcdefghijk"
	HexHash  = "0102033435363738396162636465666768696a6b"
)

// Query returns the raw value of a parameter in the target of a request head, with its escapes, or "" if it is missing.
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

// readHead reads up to and including a blank line. An end before that is io.EOF only if nothing was read.
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
