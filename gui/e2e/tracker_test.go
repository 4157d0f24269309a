//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tracker is a small tracker that records the totals that it receives.
type tracker struct {
	host string
	srv  *http.Server

	mu      sync.Mutex
	totals  []uint64      // bytes
	failure string        // failure reason of every answer, unless empty
	stuck   chan struct{} // unless nil, answers wait until it is closed
	away    bool          // the tracker closes connections without an answer
}

func newTracker(t *testing.T) *tracker { return newTrackerAt(t, "127.0.0.2") }

func newTrackerAt(t *testing.T, ip string) *tracker {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	must(t, err)
	tr := &tracker{host: l.Addr().String()}
	tr.srv = &http.Server{Handler: http.HandlerFunc(tr.answer)}
	go func() { _ = tr.srv.Serve(l) }()
	t.Cleanup(func() { _ = tr.srv.Close() })
	return tr
}

func (tr *tracker) answer(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseUint(r.URL.Query().Get("uploaded"), 10, 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	tr.mu.Lock()
	tr.totals = append(tr.totals, n)
	stuck, failure, hash, away := tr.stuck, tr.failure, r.URL.Query().Get("info_hash"), tr.away
	tr.mu.Unlock()
	if away {
		panic(http.ErrAbortHandler)
	}
	if stuck != nil {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
		return
	}
	if failure != "" {
		_, _ = fmt.Fprintf(w, "d14:failure reason%d:%se", len(failure), failure)
		return
	}
	_, _ = fmt.Fprintf(w, "d8:completei%de10:incompletei%de8:intervali1800e5:peers0:e", 12+int(hash[1]-hash[0])%90, 5+int(hash[2]-hash[0])%20)
}

func (tr *tracker) last() uint64 {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.totals) == 0 {
		return 0
	}
	return tr.totals[len(tr.totals)-1]
}

func (tr *tracker) setAway(away bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.away = away
}

func (tr *tracker) received() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.totals)
}

func (tr *tracker) setStuck(stuck chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.stuck = stuck
}

// session is a client process that shares one torrent.
type session struct {
	hash [20]byte
	id   string
}

var (
	transmission = session{same(0xab), "-TR4140-abcdefghijkl"}
	qbittorrent  = session{same(0x3c), "-qB5300-abcdefghijkl"}
)

// same returns an info hash that consists of one byte twenty times.
func same(b byte) (h [20]byte) {
	for i := range h {
		h[i] = b
	}
	return h
}

// secret is the passkey in the addresses of all trackers.
const secret = "5ec4e70123456789abcdef0123456789"

// announce sends an announce through the program as a client does, and returns the answer that the client gets.
func announce(proxy string, tr *tracker, s session, uploaded uint64, event string) (status int, body string, err error) {
	target := fmt.Sprintf("http://%s/announce?passkey=%s&info_hash=%s&peer_id=%s&port=51413&uploaded=%d&downloaded=0&left=0&numwant=80&key=7F&compact=1",
		tr.host, secret, escaped(s.hash), url.QueryEscape(s.id), uploaded)
	if event != "" {
		target += "&event=" + event
	}
	c, err := net.DialTimeout("tcp", proxy, 5*time.Second)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(40 * time.Second))
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: e2e/1\r\nConnection: close\r\n\r\n", target, tr.host); err != nil {
		return 0, "", err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

func escaped(h [20]byte) string {
	var b strings.Builder
	for _, c := range h {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// announceAndCheck sends an announce and checks the total in bytes that the tracker received.
func announceAndCheck(t *testing.T, proxy string, tr *tracker, s session, uploaded uint64, event string, want uint64) {
	t.Helper()
	status, body, err := announce(proxy, tr, s, uploaded, event)
	if err != nil || status != http.StatusOK || !strings.HasPrefix(body, "d8:complete") {
		t.Fatalf("announce: %v, status %d, %q", err, status, body)
	}
	if got := tr.last(); got != want {
		t.Fatalf("the client announced %d and the tracker received %d, want %d", uploaded, got, want)
	}
}
