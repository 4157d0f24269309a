package clientstest

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// goodAnswer is a tracker's ordinary answer.
const goodAnswer = "d8:completei3e10:incompletei2e8:intervali1800e5:peers0:e"

// tracker records every request head byte for byte, and answers with a function of the test.
type tracker struct {
	t      *testing.T
	addr   string // host:port
	listen net.Listener
	answer func(head []byte) []byte // nil: record the request and never answer
	conns  sync.WaitGroup

	mu    sync.Mutex
	heads [][]byte      // guarded by mu
	open  []net.Conn    // guarded by mu
	grown chan struct{} // closed and replaced at each head; guarded by mu
}

// startTracker starts a tracker on a loopback address; it ends with the test at the latest.
func startTracker(t *testing.T, answer func([]byte) []byte) *tracker {
	t.Helper()
	return startTrackerAt(t, "127.0.0.1:0", answer)
}

// startTrackerAt is startTracker at this address.
func startTrackerAt(t *testing.T, addr string, answer func([]byte) []byte) *tracker {
	t.Helper()
	listen, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	k := &tracker{t: t, addr: listen.Addr().String(), listen: listen, answer: answer, grown: make(chan struct{})}
	k.conns.Go(k.accept)
	t.Cleanup(k.close)
	return k
}

// answers answers each request with status 200 and this body.
func answers(body string) func([]byte) []byte {
	return func([]byte) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
}

func (k *tracker) accept() {
	for {
		conn, err := k.listen.Accept()
		if err != nil {
			return // closed
		}
		k.mu.Lock()
		k.open = append(k.open, conn)
		k.mu.Unlock()
		k.conns.Go(func() { k.serve(conn) })
	}
}

func (k *tracker) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		k.mu.Lock()
		k.heads = append(k.heads, head)
		close(k.grown)
		k.grown = make(chan struct{})
		k.mu.Unlock()
		if k.answer == nil {
			_, _ = r.ReadByte() // until the other side gives up
			return
		}
		if _, err := conn.Write(k.answer(head)); err != nil {
			return
		}
	}
}

func (k *tracker) close() {
	_ = k.listen.Close()
	k.mu.Lock()
	for _, conn := range k.open {
		_ = conn.Close()
	}
	k.mu.Unlock()
	k.conns.Wait()
}

// await waits until the tracker has received n heads in all, and returns them.
func (k *tracker) await(n int) [][]byte {
	k.t.Helper()
	late := time.After(patience)
	for {
		k.mu.Lock()
		heads, grown := k.heads, k.grown
		k.mu.Unlock()
		if len(heads) >= n {
			return heads
		}
		select {
		case <-grown:
		case <-late:
			k.t.Fatalf("the tracker received %d requests, want %d", len(heads), n)
		}
	}
}

// readHead reads bytes up to and including the blank line.
func readHead(r *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := r.ReadSlice('\n')
		if head = append(head, line...); err != nil {
			return head, err
		}
		if bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			return head, nil
		}
	}
}

// exchange sends the program one raw request on a new connection, and reads the answer.
func exchange(t *testing.T, proxy string, head []byte) (status int, body string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", proxy, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(head); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("reading the program's answer: %v", err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, b.String()
}

// announceTo returns an announce in absolute form, as Transmission 3.00 sends it to a proxy; query follows the port.
func announceTo(host, path, query string) []byte {
	return fmt.Appendf(nil, "GET http://%s%s?info_hash=%%16%%7bsK%%c7%%81j%%e7%%98%%b6b%%fc%%ad%%c2E%%d1S%%cd%%18z"+
		"&peer_id=-TR3000-w61clq4hqv7x&port=51413&%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Transmission/3.00\r\n"+
		"Accept: */*\r\nProxy-Connection: Keep-Alive\r\n\r\n", host, path, query, host)
}

// infoHash is the info hash in announceTo, in hex.
const infoHash = "167b734bc7816ae798b662fcadc245d153cd187a"

var uploadedDigits = regexp.MustCompile(`[?&]uploaded=([0-9]+)`)

// uploadedOf returns the upload total in a request, in bytes.
func uploadedOf(t *testing.T, head []byte) uint64 {
	t.Helper()
	m := uploadedDigits.FindSubmatch(head)
	if m == nil {
		t.Fatalf("%q has no uploaded=", head)
	}
	n, err := strconv.ParseUint(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
