//go:build clients

package clientstest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
)

// arrival is one request as the tracker received it.
type arrival struct {
	head  []byte
	from  string // IP address of the sender
	port  string // the port that the client announces, which distinguishes the clients
	event string // "scrape" for a scrape
}

// relay records each request byte for byte, forwards it to opentracker, and returns the answer. It makes two changes
// for opentracker's sake: it removes a passkey in front of /announce, and sets the interval of the answer, half an
// hour, to six seconds, which is longer than an announce counts as a duplicate of the one before it.
type relay struct {
	t           *testing.T
	listen      net.Listener
	opentracker string // host:port
	conns       sync.WaitGroup

	mu       sync.Mutex
	arrivals []arrival         // guarded by mu
	peers    map[string]net.IP // by announced port: the address at which other clients reach the client; guarded by mu
}

// startTrackerPair starts opentracker for one torrent, and the relay in front of it at this port.
func startTrackerPair(t *testing.T, hash bittorrent.InfoHash, port int) *relay {
	t.Helper()
	r := &relay{t: t, opentracker: fmt.Sprintf("10.99.0.9:%d", port), peers: make(map[string]net.IP)}
	startOpentracker(t, hash, r.opentracker)
	listen, err := net.Listen("tcp", fmt.Sprintf("127.0.0.2:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	r.listen = listen
	r.conns.Go(r.accept)
	t.Cleanup(func() {
		_ = listen.Close()
		r.conns.Wait()
	})
	return r
}

// startOpentracker starts Debian's opentracker, with a list that allows this torrent only.
func startOpentracker(t *testing.T, hash bittorrent.InfoHash, addr string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "whitelist"), []byte(hash.String()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command("opentracker", "-i", host, "-p", port, "-P", port, "-d", dir, "-w", "whitelist")
	runUntilEnd(t, cmd, syscall.SIGTERM)
	// opentracker listens before it has read its list, and refuses every torrent until then.
	stopped := fmt.Sprintf("http://%s/announce?info_hash=%s&peer_id=-XX0000-0123456789ab&port=9&left=0&event=stopped", addr, url.QueryEscape(string(hash[:])))
	eventually(t, "opentracker serves its list", func() bool {
		answer, err := direct.Get(stopped)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return err == nil && bytes.HasPrefix(body, []byte("d")) && !bytes.Contains(body, []byte("failure reason"))
	})
}

// runUntilEnd starts a program, ends it with this signal at the end of the test, and logs its output if the test
// failed.
func runUntilEnd(t *testing.T, cmd *exec.Cmd, end os.Signal) {
	t.Helper()
	var output lockedText
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(end)
		select {
		case <-done:
		case <-time.After(patience):
			t.Errorf("%s did not end within %v", cmd.Path, patience)
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(cmd.Path), output.String())
		}
	})
}

func (r *relay) accept() {
	for {
		conn, err := r.listen.Accept()
		if err != nil {
			return // closed
		}
		r.conns.Go(func() { r.serve(conn) })
	}
}

// serve handles one request and closes the connection, as opentracker does.
func (r *relay) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	head, err := readHead(bufio.NewReader(conn))
	if err != nil {
		return
	}
	a := arrival{
		head: head, from: conn.RemoteAddr().(*net.TCPAddr).IP.String(),
		port: parameter(head, "port"), event: parameter(head, "event"),
	}
	if bytes.Contains(head, []byte("/scrape?")) {
		a.event = "scrape"
	}
	r.mu.Lock()
	r.arrivals = append(r.arrivals, a)
	local := r.peers[a.port]
	r.mu.Unlock()
	answer, err := r.forward(local, head)
	if err != nil {
		r.t.Errorf("forwarding a request to opentracker: %v", err)
		return
	}
	_, _ = conn.Write(answer)
}

var (
	passkeyPath = regexp.MustCompile(`^GET /[0-9a-f]+/(announce|scrape)\?`)
	interval    = regexp.MustCompile(`intervali[0-9]+e`)
)

// forward sends opentracker a request from this address: opentracker gives other clients the address that it sees.
func (r *relay) forward(from net.IP, head []byte) ([]byte, error) {
	dial := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: patience}
	conn, err := dial.Dial("tcp", r.opentracker)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(passkeyPath.ReplaceAll(head, []byte("GET /$1?"))); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return nil, err
	}
	_, body, found := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !found {
		return nil, fmt.Errorf("the answer has no complete head: %q", answer)
	}
	body = interval.ReplaceAll(body, []byte("intervali6e"))
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body), nil
}

// parameter returns the raw value of a query parameter, empty if it is missing.
func parameter(head []byte, name string) string {
	target, _, _ := strings.Cut(string(head), " HTTP/1.1\r\n")
	_, query, _ := strings.Cut(target, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if k, v, _ := strings.Cut(pair, "="); k == name {
			return v
		}
	}
	return ""
}

// next waits for the client's next announce, with any event or none.
func (r *relay) next(c *client) arrival {
	r.t.Helper()
	before := len(r.announcesOf(c))
	eventually(r.t, c.name+" announces again", func() bool { return len(r.announcesOf(c)) > before })
	return r.announcesOf(c)[before]
}

// announcesOf returns the announces of one client so far.
func (r *relay) announcesOf(c *client) []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []arrival
	for _, a := range r.arrivals {
		if a.port == c.peerPort && a.event != "scrape" {
			found = append(found, a)
		}
	}
	return found
}

// await waits for the nth announce of a client with this event.
func (r *relay) await(c *client, event string, n int) arrival {
	r.t.Helper()
	var found []arrival
	eventually(r.t, fmt.Sprintf("announce %d with event %q of %s", n, event, c.name), func() bool {
		found = found[:0]
		for _, a := range r.announcesOf(c) {
			if a.event == event {
				found = append(found, a)
			}
		}
		return len(found) >= n
	})
	return found[n-1]
}
