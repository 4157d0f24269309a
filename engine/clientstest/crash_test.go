package clientstest

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 20, "how often the crash test kills the program")

const (
	crashWorkers  = 8
	crashSessions = 12 // of each worker
)

// fixedHash is the torrent that has a factor of its own, 3, in all runs. The other torrents have the factor of the run,
// 3 and 1 alternately: if a record were lost, the same upload would be multiplied again by the other factor, and the
// tracker would receive a different total.
const fixedHash = "6666666666666666666666666666666666666666"

// crashAnnounce is one announce as the tracker received it, in bytes: the reported total, and the client's own, which
// the test also puts into `downloaded`.
type crashAnnounce struct{ seen, reported uint64 }

// crashTracker records the announces of the crash test by session.
type crashTracker struct {
	mu       sync.Mutex
	received map[string][]crashAnnounce // guarded by mu
}

var crashFields = regexp.MustCompile(`info_hash=([^&]+)&peer_id=([^&]+)&port=1&uploaded=([0-9]+)&downloaded=([0-9]+)&`)

func (k *crashTracker) answer(head []byte) []byte {
	if m := crashFields.FindSubmatch(head); m != nil {
		reported, _ := strconv.ParseUint(string(m[3]), 10, 64)
		seen, _ := strconv.ParseUint(string(m[4]), 10, 64)
		key := string(m[1]) + " " + string(m[2])
		k.mu.Lock()
		k.received[key] = append(k.received[key], crashAnnounce{seen, reported})
		k.mu.Unlock()
	}
	return answers(goodAnswer)(head)
}

// crashClient is one worker with its sessions. It repeats each announce until it gets an answer.
type crashClient struct {
	proxy, tracker string
	number         int
	uploaded       [crashSessions]uint64 // bytes
	failures       *atomic.Int64
}

func (c *crashClient) hash(session int) string {
	if session%2 == 0 {
		return "ffffffffffffffffffff" // fixedHash: 0x66 is "f"
	}
	return "gggggggggggggggggggg"
}

// announce sends the total of a session, and reports whether an answer came.
func (c *crashClient) announce(session int, event string) bool {
	conn, err := net.DialTimeout("tcp", c.proxy, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	n := c.uploaded[session]
	_, err = fmt.Fprintf(conn, "GET http://%s/announce?info_hash=%s&peer_id=-TR3000-%06d%06d&port=1&uploaded=%d&downloaded=%d&left=0%s HTTP/1.1\r\n"+
		"Host: %s\r\nConnection: close\r\n\r\n", c.tracker, c.hash(session), c.number, session, n, n, event, c.tracker)
	if err != nil {
		return false
	}
	answer, err := io.ReadAll(conn)
	return err == nil && bytes.HasSuffix(answer, []byte(goodAnswer))
}

// announceUntilAnswered repeats an announce until an answer comes. The client may upload more between two tries.
func (c *crashClient) announceUntilAnswered(session int, event string) {
	for !c.announce(session, event) {
		c.failures.Add(1)
		if rand.N(2) == 0 {
			c.uploaded[session] += rand.Uint64N(1000)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (c *crashClient) burst(over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
			session := rand.N(crashSessions)
			c.uploaded[session] += rand.Uint64N(100_000)
			c.announceUntilAnswered(session, "")
		}
	}
}

// TestNothingIsLostByKills kills the program at random moments of a burst of announces and starts it again on the same
// folder and port. No total that the tracker received may be lower than the one before, or higher than the factor
// allows, and the last announce of every session must arrive.
func TestNothingIsLostByKills(t *testing.T) {
	began := time.Now()
	received := &crashTracker{received: map[string][]crashAnnounce{}}
	tracker := startTracker(t, received.answer)
	dir := dataFolder(t)
	writeCrashSettings(t, dir)
	addr := freeAddress(t)
	p := startProgram(t, dir, "-listen", addr, "-multiplier", "3")
	var failures atomic.Int64
	clients := make([]*crashClient, crashWorkers)
	for i := range clients {
		clients[i] = &crashClient{proxy: addr, tracker: tracker.addr, number: i, failures: &failures}
		for session := range crashSessions {
			clients[i].announceUntilAnswered(session, "&event=started")
		}
	}
	over := make(chan struct{})
	var working sync.WaitGroup
	for _, c := range clients {
		working.Go(func() { c.burst(over) })
	}
	for i := range *kills {
		time.Sleep(time.Duration(rand.N(80_000)) * time.Microsecond)
		p.signal(syscall.SIGKILL)
		p.wait()
		p = startProgram(t, dir, "-listen", addr, "-multiplier", []string{"1", "3"}[i%2])
	}
	close(over)
	working.Wait()
	for _, c := range clients {
		for session := range crashSessions {
			c.uploaded[session]++
			c.announceUntilAnswered(session, "&event=stopped")
		}
	}
	p.stop()
	announces := received.check(t, clients)
	t.Logf("%d kills, %d announces received, %d sent again, %v", *kills, announces, failures.Load(), time.Since(began).Round(time.Millisecond))
	if failures.Load() < int64(*kills)/2 {
		t.Errorf("%d announces were interrupted by %d kills, want at least half as many", failures.Load(), *kills)
	}
}

// check compares the announces of each session that the tracker received with the totals of its client, and returns how
// many there are.
func (k *crashTracker) check(t *testing.T, clients []*crashClient) (announces int) {
	for _, c := range clients {
		for session, uploaded := range c.uploaded {
			key := fmt.Sprintf("%s -TR3000-%06d%06d", c.hash(session), c.number, session)
			received := k.received[key]
			announces += len(received)
			if len(received) == 0 || received[len(received)-1].seen != uploaded {
				t.Errorf("the last announce of %s did not arrive, with %d uploaded", key, uploaded)
				continue
			}
			// The tracker may read a request that was sent just before a kill after the first one of the next run.
			slices.SortStableFunc(received, func(a, b crashAnnounce) int { return int(int64(a.seen) - int64(b.seen)) })
			for i, now := range received {
				if session%2 == 0 && now.reported != 3*now.seen {
					t.Errorf("%s: reported %d, want three times %d", key, now.reported, now.seen)
				}
				if i == 0 {
					continue
				}
				before := received[i-1]
				if more := now.seen - before.seen; now.reported < before.reported+more || now.reported > before.reported+3*more {
					t.Errorf("%s: reported %d at %d uploaded, after %d at %d; want one to three times what was added", key, now.reported, now.seen, before.reported, before.seen)
				}
			}
		}
	}
	return announces
}

// writeCrashSettings writes settings in which fixedHash has a factor of its own.
func writeCrashSettings(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text := `{"version": 1, "listen": "127.0.0.1:0", "multiplier": 3, "torrent_multipliers": {"` + fixedHash + `": 3}}`
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
