//go:build clients

package clientstest

import (
	"bufio"
	"bytes"
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

// libtorrent is one libtorrent session in a process of its own, set up as in qBittorrent and Deluge.
type libtorrent struct {
	t      *testing.T
	name   string
	stdin  io.WriteCloser
	cmd    *exec.Cmd
	done   chan struct{}
	stderr lockedText

	mu     sync.Mutex
	events [][]any       // lines of its output; guarded by mu
	grown  chan struct{} // closed and replaced at each line; guarded by mu
}

// startLibtorrent starts a session with one torrent. testdata/session.py lists the settings.
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
	s.cmd = exec.Command("/usr/bin/python3", "testdata/session.py", string(config)) // Debian's Python is the one that has python3-libtorrent
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
		var event []any
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		s.mu.Lock()
		s.events = append(s.events, event)
		close(s.grown)
		s.grown = make(chan struct{})
		s.mu.Unlock()
	}
}

// command sends the session one of the commands of testdata/session.py.
func (s *libtorrent) command(command string) {
	s.t.Helper()
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		s.t.Fatalf("%s: %v\n%s", s.name, err, s.stderr.String())
	}
}

// await waits for the nth event of this kind, and returns it.
func (s *libtorrent) await(kind string, n int) []any {
	s.t.Helper()
	late := time.After(2 * patience)
	for {
		s.mu.Lock()
		events, grown := s.events, s.grown
		s.mu.Unlock()
		left := n
		for _, event := range events {
			if event[0] == kind {
				if left--; left == 0 {
					return event
				}
			}
		}
		select {
		case <-grown:
		case <-late:
			s.t.Fatalf("%s did not print %q %d times, but %v\n%s", s.name, kind, n, events, s.stderr.String())
		}
	}
}

// count returns how many events of this kind there were.
func (s *libtorrent) count(kind string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, event := range s.events {
		if event[0] == kind {
			n++
		}
	}
	return n
}

// uploaded returns the client's own upload total, in bytes.
func (s *libtorrent) uploaded() uint64 {
	s.t.Helper()
	n := s.count("uploaded")
	s.command("uploaded")
	return uint64(s.await("uploaded", n+1)[1].(float64))
}

// compact returns peers as trackers send them (BEP 23).
func compact(peers ...string) (b []byte) {
	for _, p := range peers {
		a := netip.MustParseAddrPort(p)
		b = bin.BigEndian.AppendUint16(append(b, a.Addr().AsSlice()...), a.Port())
	}
	return b
}

// TestLibtorrentAnnouncesThroughSOCKS runs a real transfer by the ways that qBittorrent and Deluge also offer but that
// the matrix lacks. The tracker must receive exactly three times the client's own total.
func TestLibtorrentAnnouncesThroughSOCKS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scheme string
		port         int
		settings     map[string]any
	}{
		{"SOCKS4, http", "http", 20400, map[string]any{"version": 4}},
		{"SOCKS5, udp tracker by its address", "udp", 20410, map[string]any{"names": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loopbackNetwork(t)
			seeds, leeches := fmt.Sprintf("10.99.0.1:%d", c.port+1), fmt.Sprintf("10.99.0.2:%d", c.port+2)
			udp, http := startPeerTrackers(t, fmt.Sprintf("127.0.0.2:%d", c.port), compact(seeds, leeches))
			p := startProgram(t, udpFolder(t), "-multiplier", "3")
			k := newTorrent(fmt.Sprintf("%s://tracker.test:%d/announce", c.scheme, c.port))
			c.settings["listen"], c.settings["proxy"] = seeds, p.addr
			seeder := startLibtorrent(t, "the seeder", k, true, c.settings)
			seeder.await("reply", 1)
			leecher := startLibtorrent(t, "the leecher", k, false, map[string]any{"listen": leeches}) // announces directly
			leecher.await("finished", 1)

			uploaded := seeder.uploaded()
			seeder.command("announce")
			seeder.await("reply", 2)
			for _, client := range []*libtorrent{seeder, leecher} {
				client.command("quit")
				client.await("bye", 1)
			}
			reported := totalsFrom(t, c.port+1, udp, http)
			want := []uint64{0, 3 * uploaded, 3 * uploaded}
			if uploaded < torrentSize || fmt.Sprint(reported) != fmt.Sprint(want) {
				t.Errorf("the client uploaded %d; the tracker received %v, want %v", uploaded, reported, want)
			}
			if n := seeder.count("error"); n > 0 {
				t.Errorf("the client shows %d tracker errors, want 0", n)
			}
		})
	}
}

// TestLibtorrentIsAnsweredForASilentUDPTracker: as long as the cache has no answer, the client shows the program's
// error; afterwards it gets the cached answer, and its `stopped` reaches the tracker once that answers again.
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
	p.await("started got no answer from the tracker", func(l *logLine) bool { return l.Event == "started" && l.Outcome == "failed" })
	silent.Store(false)
	client.command("announce")
	client.await("reply", 1)
	before := len(tr.Announces())
	silent.Store(true)
	client.command("announce")
	client.await("reply", 2)
	p.await("an announce is answered from the cache", func(l *logLine) bool { return l.Msg == "announce" && l.Outcome == "cached" })
	silent.Store(false)
	client.command("quit")
	client.await("bye", 1)
	all := tr.Announces()
	if last := all[len(all)-1]; len(all) <= before || last[83] != 3 {
		t.Errorf("the tracker received %d announces, %d of them before it fell silent, the last %x; want another one, stopped", len(all), before, last)
	}
	if n := client.count("error"); n > 1 {
		t.Errorf("the client shows %d tracker errors, want at most the first", n)
	}
}

// TestLibtorrentReachesSeveralUDPTrackers: if the proxy resolves their names, it uses the latest connection id for all
// of them.
func TestLibtorrentReachesSeveralUDPTrackers(t *testing.T) {
	t.Parallel()
	loopbackNetwork(t)
	k := newTorrent("udp://tracker.test:20480/announce")
	tiers := "13:announce-listl"
	var trackers [2]*enginetest.UDPTracker
	for i := range trackers {
		announce := fmt.Sprintf("udp://tracker.test:%d/announce", 20480+i)
		tiers += fmt.Sprintf("l%d:%se", len(announce), announce)
		trackers[i] = enginetest.NewUDPTrackerAt(t, fmt.Sprintf("127.0.0.2:%d", 20480+i), enginetest.AnswerUDPUnder(uint64(100+i)))
	}
	k.file = bytes.Replace(k.file, []byte("4:info"), []byte(tiers+"e4:info"), 1)
	p := startProgram(t, udpFolder(t))
	client := startLibtorrent(t, "the client", k, true, map[string]any{"listen": "10.99.0.1:20482", "proxy": p.addr})
	client.await("reply", len(trackers))
	client.command("announce")
	client.await("reply", 2*len(trackers))
	client.command("quit")
	client.await("bye", 1)
	for i, tr := range trackers {
		if n := len(tr.Announces()); n < 2 {
			t.Errorf("tracker %d received %d announces, want at least 2", i, n)
		}
	}
	if n := client.count("error"); n > 0 {
		t.Errorf("the client shows %d tracker errors, want 0", n)
	}
}

// startPeerTrackers starts an http and a udp tracker at one address that answer every announce with these peers.
func startPeerTrackers(t *testing.T, at string, peers []byte) (*enginetest.UDPTracker, *enginetest.Tracker) {
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

// totalsFrom returns the totals in bytes that the trackers received from the client with this port, in order.
func totalsFrom(t *testing.T, port int, udp *enginetest.UDPTracker, http *enginetest.Tracker) (totals []uint64) {
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
