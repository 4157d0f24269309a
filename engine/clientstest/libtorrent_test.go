//go:build clients

package clientstest

import (
	"bufio"
	bin "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
)

// libtorrent is one session of it in a process of its own, as qBittorrent and Deluge have it.
type libtorrent struct {
	t      *testing.T
	name   string
	stdin  io.WriteCloser
	cmd    *exec.Cmd
	done   chan struct{}
	stderr lockedText

	mu    sync.Mutex
	said  [][]any       // guarded by mu
	grown chan struct{} // closed and replaced at each line; guarded by mu
}

// startLibtorrent runs one on a torrent, with settings that testdata/session.py knows, until it is told to quit.
func startLibtorrent(t *testing.T, name string, k torrent, seeds bool, settings map[string]any) *libtorrent {
	t.Helper()
	folder := t.TempDir()
	if seeds {
		if err := os.WriteFile(filepath.Join(folder, k.name), k.content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "a.torrent")
	if err := os.WriteFile(file, k.file, 0o600); err != nil {
		t.Fatal(err)
	}
	settings["torrent"], settings["folder"] = file, folder
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	s := &libtorrent{t: t, name: name, done: make(chan struct{}), grown: make(chan struct{})}
	s.cmd = exec.Command("/usr/bin/python3", "testdata/session.py", string(config)) // Debian's: its packages know no other
	s.cmd.Stderr = &s.stderr
	out, err1 := s.cmd.StdoutPipe()
	in, err2 := s.cmd.StdinPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	s.stdin = in
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read(out)
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
		_ = s.cmd.Wait()
	})
	return s
}

func (s *libtorrent) read(out io.Reader) {
	defer close(s.done)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var what []any
		if json.Unmarshal(lines.Bytes(), &what) != nil {
			continue
		}
		s.mu.Lock()
		s.said = append(s.said, what)
		close(s.grown)
		s.grown = make(chan struct{})
		s.mu.Unlock()
	}
}

// tell gives it a command.
func (s *libtorrent) tell(command string) {
	s.t.Helper()
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		s.t.Fatalf("%s: %v\n%s", s.name, err, s.stderr.String())
	}
}

// await waits for the nth line of this kind, and returns it.
func (s *libtorrent) await(kind string, n int) []any {
	s.t.Helper()
	late := time.After(2 * patience)
	for {
		s.mu.Lock()
		said, grown := s.said, s.grown
		s.mu.Unlock()
		left := n
		for _, what := range said {
			if what[0] == kind {
				if left--; left == 0 {
					return what
				}
			}
		}
		select {
		case <-grown:
		case <-late:
			s.t.Fatalf("%s did not say %q %d times, but %v\n%s", s.name, kind, n, said, s.stderr.String())
		}
	}
}

// count is how many lines of this kind there are.
func (s *libtorrent) count(kind string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, what := range s.said {
		if what[0] == kind {
			n++
		}
	}
	return n
}

// uploaded is the client's own counter.
func (s *libtorrent) uploaded() uint64 {
	s.t.Helper()
	n := s.count("uploaded")
	s.tell("uploaded")
	return uint64(s.await("uploaded", n+1)[1].(float64))
}

// compact is peers as trackers give them (BEP 23).
func compact(peers ...string) (b []byte) {
	for _, p := range peers {
		a := netip.MustParseAddrPort(p)
		b = bin.BigEndian.AppendUint16(append(b, a.Addr().AsSlice()...), a.Port())
	}
	return b
}

// TestLibtorrentThroughSOCKS is a real transfer by the ways that qBittorrent and Deluge offer too, beside those of the
// matrix. The tracker receives three times the client's own counter, to the byte.
func TestLibtorrentThroughSOCKS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scheme string
		port         int
		settings     map[string]any
	}{
		{"SOCKS4, http", "http", 20400, map[string]any{"version": 4}},
		{"SOCKS5, udp by its address", "udp", 20410, map[string]any{"names": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loopbackNetwork(t)
			seeds, leeches := fmt.Sprintf("10.99.0.1:%d", c.port+1), fmt.Sprintf("10.99.0.2:%d", c.port+2)
			udp, http := peersOnly(t, fmt.Sprintf("127.0.0.2:%d", c.port), compact(seeds, leeches))
			p := startProgram(t, udpFolder(t), "-multiplier", "3")
			k := newTorrent(fmt.Sprintf("%s://tracker.test:%d/announce", c.scheme, c.port))
			c.settings["listen"], c.settings["proxy"] = seeds, p.addr
			seeder := startLibtorrent(t, "the seeder", k, true, c.settings)
			seeder.await("reply", 1)
			leecher := startLibtorrent(t, "the leecher", k, false, map[string]any{"listen": leeches}) // straight to the tracker
			leecher.await("finished", 1)

			said := seeder.uploaded()
			seeder.tell("announce")
			seeder.await("reply", 2)
			for _, client := range []*libtorrent{seeder, leecher} {
				client.tell("quit")
				client.await("bye", 1)
			}
			told := receivedFrom(t, c.port+1, udp, http)
			want := []uint64{0, 3 * said, 3 * said}
			if said < torrentSize || fmt.Sprint(told) != fmt.Sprint(want) {
				t.Errorf("the client counted %d; the tracker was told %v, not %v", said, told, want)
			}
			if n := seeder.count("error"); n > 0 {
				t.Errorf("%d errors of the tracker in the client", n)
			}
		})
	}
}

// TestLibtorrentIsAnsweredForASilentUDPTracker: it shows our words while nothing is remembered, goes on calmly once
// something is, and says `stopped` to a tracker that is back.
func TestLibtorrentIsAnsweredForASilentUDPTracker(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	var silent atomic.Bool
	silent.Store(true)
	tr := enginetest.NewUDPTrackerAt(t, "127.0.0.2:20420", func(d []byte) []byte {
		if silent.Load() {
			return nil
		}
		return enginetest.AnswerUDP(d)
	})
	p := startProgram(t, udpFolder(t))
	client := startLibtorrent(t, "the client", newTorrent("udp://tracker.test:20420/announce"), true, map[string]any{"listen": "10.99.0.1:20421", "proxy": p.addr})
	client.await("error", 1)
	p.await("started is kept", func(l *logLine) bool { return l.Event == "started" && l.Outcome == "failed" })
	silent.Store(false)
	client.tell("announce")
	client.await("reply", 1)
	heard := len(tr.Announces())
	silent.Store(true)
	client.tell("announce")
	client.await("reply", 2)
	p.await("it is answered for", func(l *logLine) bool { return l.Msg == "announce" && l.Outcome == "cached" })
	silent.Store(false)
	client.tell("quit")
	client.await("bye", 1)
	all := tr.Announces()
	if last := all[len(all)-1]; len(all) <= heard || last[83] != 3 {
		t.Errorf("%d announces, and %d before the silence; the last is %x", len(all), heard, last)
	}
	if n := client.count("error"); n > 1 {
		t.Errorf("%d errors in the client", n)
	}
}

// peersOnly are trackers for http and udp at one address, which know these peers.
func peersOnly(t *testing.T, at string, peers []byte) (*enginetest.UDPTracker, *enginetest.Tracker) {
	t.Helper()
	udp := enginetest.NewUDPTrackerAt(t, at, func(d []byte) []byte {
		answer := enginetest.AnswerUDP(d)
		if len(d) >= 98 && len(answer) > 20 {
			answer = append(answer[:20], peers...)
		}
		return answer
	})
	http := enginetest.NewTrackerAt(t, at, func(x *enginetest.Exchange) {
		x.Answer(fmt.Sprintf("d8:intervali1800e5:peers%d:%se", len(peers), peers))
	})
	return udp, http
}

// receivedFrom returns the totals that the tracker received of the client with this port, in order.
func receivedFrom(t *testing.T, port int, udp *enginetest.UDPTracker, http *enginetest.Tracker) (totals []uint64) {
	t.Helper()
	for _, d := range udp.Announces() {
		if bin.BigEndian.Uint16(d[96:]) == uint16(port) {
			totals = append(totals, bin.BigEndian.Uint64(d[72:]))
		}
	}
	for _, head := range http.Heads() {
		if enginetest.Query(head, "port") == strconv.Itoa(port) {
			totals = append(totals, uploadedOf(t, []byte(head)))
		}
	}
	return totals
}
