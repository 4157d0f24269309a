//go:build clients

package clientstest

import (
	"bufio"
	bin "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
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
func startLibtorrent(t *testing.T, name string, k torrent, seeds bool, settings map[string]any, env ...string) *libtorrent {
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
	s.cmd.Stderr, s.cmd.Env = &s.stderr, append(os.Environ(), env...)
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

// await waits for the nth line of this kind, and gives it.
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

// TestLibtorrentThroughEveryDoor is a real transfer with the library of qBittorrent and Deluge, which refuses an HTTP
// proxy on this machine for the first of these trackers. What the tracker is told is three times the client's counter.
func TestLibtorrentThroughEveryDoor(t *testing.T) {
	t.Parallel()
	const passkey = "/0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name, scheme, path string
		port               int
		settings           map[string]any // none is the gateway
	}{
		{"SOCKS5, http with a passkey in the path", "http", passkey + "/announce", 20400, map[string]any{"names": true}},
		{"SOCKS5, udp by its name", "udp", "/announce", 20410, map[string]any{"names": true}},
		{"SOCKS5, udp by its address", "udp", "/announce", 20420, map[string]any{"names": false}},
		{"SOCKS4, http", "http", "/announce", 20440, map[string]any{"version": 4}},
		{"gateway, http with a passkey in the path", "http", passkey + "/announce", 20450, nil},
		{"gateway, udp", "udp", "/announce", 20460, nil},
		{"SOCKS5, https opened by consent", "https", passkey + "/announce", 20500, map[string]any{"names": true}},
		{"gateway, https", "https", passkey + "/announce", 20510, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loopbackNetwork(t)
			seeds, leeches := fmt.Sprintf("10.99.0.1:%d", c.port+1), fmt.Sprintf("10.99.0.2:%d", c.port+2)
			udp, http := peersOnly(t, fmt.Sprintf("127.0.0.2:%d", c.port), compact(seeds, leeches))
			host := fmt.Sprintf("tracker.test:%d", c.port)
			var p *program
			var trusts, trustsUs []string // variables of a client that goes straight, and of one that comes here
			if c.scheme == "https" {
				s := secured(t, swarm{port: c.port})
				host, trusts = s.host(), []string{"SSL_CERT_FILE=" + s.roots}
				p = s.program(t, host)
				if c.settings != nil {
					trustsUs = launched(t, p, "qbittorrent")
				}
			} else {
				p = startProgram(t, dataFolder(t), "-multiplier", "3")
			}
			tracker := fmt.Sprintf("%s://%s%s", c.scheme, host, c.path)
			settings := map[string]any{"listen": seeds}
			if maps.Copy(settings, c.settings); c.settings != nil {
				settings["proxy"] = p.addr
			} else if tracker, _ = bittorrent.ThroughGateway(tracker, p.addr); tracker == "" {
				t.Fatal("no gateway leads there")
			}
			k := newTorrent(tracker)
			seeder := startLibtorrent(t, "the seeder", k, true, settings, trustsUs...)
			seeder.await("reply", 1)
			// Straight to the tracker, by a path that it takes from everybody.
			k.file = newTorrent(fmt.Sprintf("%s://%s/announce", c.scheme, host)).file
			leecher := startLibtorrent(t, "the leecher", k, false, map[string]any{"listen": leeches}, trusts...)
			leecher.await("finished", 1)

			said := seeder.uploaded()
			seeder.tell("announce")
			seeder.await("reply", 2)
			for _, client := range []*libtorrent{seeder, leecher} {
				client.tell("quit")
				client.await("bye", 1)
			}
			told := toldBy(t, c.port+1, udp, http)
			want := []uint64{0, 3 * said, 3 * said}
			if said < torrentSize || fmt.Sprint(told) != fmt.Sprint(want) {
				t.Errorf("the client counted %d; the tracker was told %v, not %v", said, told, want)
			}
			if n := seeder.count("error"); n > 0 {
				t.Errorf("%d errors of the tracker in the client", n)
			}
			if strings.Contains(p.output(), passkey[1:]) {
				t.Error("the passkey is in the log")
			}
		})
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

// toldBy are the totals that the tracker heard of the client with this port, in order.
func toldBy(t *testing.T, port int, udp *enginetest.UDPTracker, http *enginetest.Tracker) (totals []uint64) {
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
