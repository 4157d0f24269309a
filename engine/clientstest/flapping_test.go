package clientstest

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var soak = flag.Duration("soak", 5*time.Second, "how long trackers flap in the soak")

const (
	flappingTrackers = 4
	flappingWorkers  = 8
	deliveredWithin  = 100 * time.Second // of the last fault
	flappingAnswer   = "d8:completei3e10:incompletei2e8:intervali10e5:peers0:e"
)

// The ways in which a flapping tracker treats an announce.
const (
	healthy int32 = iota
	refusing
	resetting
	failing // with 503
	silent
	slow
	faults // how many there are
)

// life is one session of a client, from started to stopped.
type life struct {
	key  string       // info_hash peer_id
	said atomic.Int64 // the client's own total: none that it has announced is more
}

// hearing is an announce as it reached a tracker.
type hearing struct {
	connection    int // the trackers number those
	event         string
	counter, told int64
	taken         bool // the tracker has processed it
}

// flapper is a tracker that flaps.
type flapper struct {
	t     *testing.T
	addr  string
	mode  atomic.Int32
	conns sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener         // guarded by mu; nil while it refuses
	last     int                  // guarded by mu; number of the last connection
	runs     []int                // guarded by mu; the last connection before each start of the program
	open     map[net.Conn]bool    // guarded by mu
	lives    map[string]*life     // guarded by mu
	heard    map[string][]hearing // guarded by mu; by session
	over     bool                 // guarded by mu
}

func startFlapper(t *testing.T) *flapper {
	t.Helper()
	f := &flapper{t: t, open: map[net.Conn]bool{}, lives: map[string]*life{}, heard: map[string][]hearing{}}
	f.addr = f.listen("127.0.0.1:0")
	t.Cleanup(f.close)
	return f
}

// listen takes connections at an address, and returns which one it is.
func (f *flapper) listen(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		f.t.Error(err)
		return addr
	}
	f.mu.Lock()
	f.listener = l
	f.mu.Unlock()
	f.conns.Go(func() { f.accept(l) })
	return l.Addr().String()
}

func (f *flapper) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		f.mu.Lock()
		f.last++
		number := f.last
		f.open[c] = true
		f.mu.Unlock()
		f.conns.Go(func() {
			f.serve(c, number)
			f.mu.Lock()
			delete(f.open, c)
			f.mu.Unlock()
			_ = c.Close()
		})
	}
}

// become changes how the tracker is. Connections that were held without an answer are closed.
func (f *flapper) become(mode int32) {
	was := f.mode.Swap(mode)
	f.mu.Lock()
	if mode == refusing && f.listener != nil {
		_ = f.listener.Close()
		f.listener = nil
	}
	opens := mode != refusing && f.listener == nil
	if was == silent || mode == refusing {
		f.cut()
	}
	f.mu.Unlock()
	if opens {
		f.listen(f.addr)
	}
}

// cut ends every connection; the caller holds mu.
func (f *flapper) cut() {
	for c := range f.open {
		_ = c.Close()
	}
}

func (f *flapper) close() {
	f.mu.Lock()
	if f.listener != nil {
		_ = f.listener.Close()
	}
	f.cut()
	f.over = true
	f.mu.Unlock()
	f.conns.Wait()
}

const markWord = "MARK"

// mark notes that the program is not running: what it sent before is on connections before this moment.
func (f *flapper) mark() {
	c, err := net.DialTimeout("tcp", f.addr, patience)
	if err != nil { // it refuses
		f.mu.Lock()
		defer f.mu.Unlock()
		f.runs = append(f.runs, f.last)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(c, markWord+"\r\n\r\n")
	_, _ = io.ReadAll(c)
}

func (f *flapper) serve(c net.Conn, number int) {
	r := bufio.NewReader(c)
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		if bytes.HasPrefix(head, []byte(markWord)) {
			f.mu.Lock()
			f.runs = append(f.runs, number)
			f.mu.Unlock()
			return
		}
		mode := f.mode.Load()
		f.hear(head, number, mode == healthy || mode == slow)
		switch mode {
		case resetting, refusing:
			_ = c.(*net.TCPConn).SetLinger(0)
			return
		case failing:
			_, err = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
		case silent:
			_, _ = r.ReadByte() // until it is cut, or the other end has had enough
			return
		case slow:
			time.Sleep(time.Duration(rand.N(2000)) * time.Millisecond)
			fallthrough
		default:
			_, err = c.Write(answers(flappingAnswer)(nil))
		}
		if err != nil {
			return
		}
	}
}

// hear records an announce, and judges its total alone.
func (f *flapper) hear(head []byte, number int, taken bool) {
	target, _, _ := strings.Cut(strings.TrimPrefix(string(head), "GET "), " ")
	u, err := url.Parse(target)
	if err != nil {
		f.t.Errorf("heard %q", head)
		return
	}
	q := u.Query()
	counter, err1 := strconv.ParseInt(q.Get("downloaded"), 10, 64)
	told, err2 := strconv.ParseInt(q.Get("uploaded"), 10, 64)
	key := q.Get("info_hash") + " " + q.Get("peer_id")
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.lives[key]
	if err1 != nil || err2 != nil || l == nil {
		f.t.Errorf("heard %q", head)
		return
	}
	if said := l.said.Load(); told < counter || told > 3*said {
		f.t.Errorf("%s: told %d at %d, while the client was at %d", key, told, counter, said)
	}
	f.heard[key] = append(f.heard[key], hearing{number, q.Get("event"), counter, told, taken})
}

// judge compares what was received of each session in its order: no total falls. Of two runs of the program the earlier
// comes first, though a request that left just before a kill may be read after the next run's first.
func (f *flapper) judge() (announces int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.runs)
	run := func(h hearing) int { n, _ := slices.BinarySearch(f.runs, h.connection); return n }
	for key, all := range f.heard {
		announces += len(all)
		slices.SortStableFunc(all, func(a, b hearing) int { return run(a) - run(b) })
		for i := range all[1:] {
			if all[i+1].told < all[i].told {
				f.t.Errorf("%s: told %d after %d", key, all[i+1].told, all[i].told)
			}
		}
	}
	return announces
}

// has reports whether the tracker has processed an event that its client has an answer to. A client that repeats itself
// with a higher total is received once.
func (f *flapper) has(l *life, event string, counter int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.heard[l.key], func(h hearing) bool { return h.taken && h.event == event && h.counter >= counter })
}

// answered is an event whose client has an answer: the tracker's, or one in its place.
type answered struct {
	f       *flapper
	life    *life
	event   string
	counter int64
}

// flapping is a run of the program among flapping trackers, with clients.
type flapping struct {
	t        *testing.T
	addr     string // the program's
	trackers []*flapper
	over     chan struct{}
	numbers  atomic.Int64 // of sessions
	failures atomic.Int64 // announces without an answer

	mu   sync.Mutex
	owed []answered // guarded by mu
}

// begin makes a session.
func (w *flapping) begin() (*flapper, *life) {
	n := w.numbers.Add(1)
	f := w.trackers[n%flappingTrackers]
	hash := strings.Repeat([]string{"f", "g", "h"}[n%3], 20) // "f" has a factor of its own: see writeCrashSettings
	l := &life{key: fmt.Sprintf("%s -TR3000-%012d", hash, n)}
	f.mu.Lock()
	f.lives[l.key] = l
	f.mu.Unlock()
	return f, l
}

// announce says a session's counter once. It reports whether the client has an answer.
func (w *flapping) announce(f *flapper, l *life, event string) bool {
	c, err := net.DialTimeout("tcp", w.addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	hash, peer, _ := strings.Cut(l.key, " ")
	said := l.said.Load()
	if event != "" {
		event = "&event=" + event
	}
	_, err = fmt.Fprintf(c, "GET http://%s/announce?info_hash=%s&peer_id=%s&port=1&uploaded=%d&downloaded=%d&left=0%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
		f.addr, hash, peer, said, said, event, f.addr)
	if err != nil {
		return false
	}
	answer, err := io.ReadAll(c)
	return err == nil && bytes.HasSuffix(answer, []byte("5:peers0:e"))
}

// insist says an event until it is answered.
func (w *flapping) insist(f *flapper, l *life, event string) {
	for !w.announce(f, l, event) {
		w.failures.Add(1)
		time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owed = append(w.owed, answered{f, l, event, l.said.Load()})
}

// client has one session after the other.
func (w *flapping) client() {
	pause := func() { time.Sleep(time.Duration(rand.N(400)) * time.Millisecond) }
	for {
		f, l := w.begin()
		w.insist(f, l, "started")
		for range rand.N(4) {
			pause()
			l.said.Add(rand.N(int64(100_000)))
			if !w.announce(f, l, "") {
				w.failures.Add(1)
			}
		}
		if rand.N(2) == 0 {
			w.insist(f, l, "completed")
		}
		l.said.Add(rand.N(int64(100_000)))
		w.insist(f, l, "stopped")
		pause()
		select {
		case <-w.over:
			return
		default:
		}
	}
}

// steady has one session at a tracker, and announces every second, as some client always does.
func (w *flapping) steady(f *flapper, l *life, end <-chan struct{}) {
	w.insist(f, l, "started")
	for {
		select {
		case <-end:
			return
		case <-time.After(time.Second):
			l.said.Add(1000)
			_ = w.announce(f, l, "")
		}
	}
}

// flap changes the trackers until over.
func (w *flapping) flap() {
	for {
		select {
		case <-w.over:
			return
		case <-time.After(time.Duration(rand.N(1500)) * time.Millisecond):
			mode := healthy
			if rand.N(3) > 0 {
				mode = 1 + rand.N(faults-1)
			}
			w.trackers[rand.N(len(w.trackers))].become(mode)
		}
	}
}

// left returns what no tracker has processed yet.
func (w *flapping) left() []answered {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owed = slices.DeleteFunc(w.owed, func(a answered) bool { return a.f.has(a.life, a.event, a.counter) })
	return slices.Clone(w.owed)
}

// amongFlappingTrackers runs the program with clients while do goes on, and then judges: no total has fallen or exceeds its
// rule, and every event that was answered reaches its tracker.
func amongFlappingTrackers(t *testing.T, do func(p *program, restart func(p *program) *program) *program) {
	began := time.Now()
	w := &flapping{t: t, over: make(chan struct{})}
	for range flappingTrackers {
		w.trackers = append(w.trackers, startFlapper(t))
	}
	dir := dataFolder(t)
	writeCrashSettings(t, dir)
	w.addr = freeAddress(t)
	starts := 0
	start := func() *program {
		starts++
		return startProgram(t, dir, "-listen", w.addr, "-multiplier", []string{"1", "3"}[starts%2])
	}
	p := start()
	var working, flapping, steady sync.WaitGroup
	ended := make(chan struct{})
	for range flappingTrackers {
		f, l := w.begin()
		steady.Go(func() { w.steady(f, l, ended) })
	}
	for range flappingWorkers {
		working.Go(w.client)
	}
	flapping.Go(w.flap)
	hold := sync.OnceFunc(func() { // before the trackers are closed, if this test fails on the way, too
		close(w.over)
		flapping.Wait() // it may be changing one just now
	})
	t.Cleanup(hold)
	p = do(p, func(p *program) *program {
		p.signal(syscall.SIGKILL)
		p.wait()
		for _, f := range w.trackers {
			f.mark()
		}
		return start()
	})
	hold()
	for _, f := range w.trackers {
		f.become(healthy)
	}
	last := time.Now()
	working.Wait()
	for time.Since(last) < deliveredWithin && len(w.left()) > 0 {
		time.Sleep(100 * time.Millisecond)
	}
	took := time.Since(last)
	for _, a := range w.left() {
		t.Errorf("%s at %s: %s of %d did not arrive", a.life.key, a.f.addr, a.event, a.counter)
	}
	close(ended)
	steady.Wait()
	p.stop()
	for _, l := range p.log(func(l *logLine) bool { return l.Msg == "delivering" || l.Msg == "stopped" }) {
		if l.Kept > 0 {
			t.Errorf("%s: %d are pending at healthy trackers", l.Msg, l.Kept)
		}
	}
	announces := 0
	for _, f := range w.trackers {
		announces += f.judge()
	}
	t.Logf("%d starts, %d sessions, %d announces heard, %d without an answer; all was delivered %v after the last fault; %v in all",
		starts, w.numbers.Load(), announces, w.failures.Load(), took.Round(100*time.Millisecond), time.Since(began).Round(time.Second))
}

// TestNothingIsLostByKillsWhileTrackersFlap kills the program at random moments.
func TestNothingIsLostByKillsWhileTrackersFlap(t *testing.T) {
	t.Parallel()
	amongFlappingTrackers(t, func(p *program, restart func(*program) *program) *program {
		for range *kills {
			time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
			p = restart(p)
		}
		return p
	})
}

// TestNothingIsLostWhileTrackersFlap is the soak.
func TestNothingIsLostWhileTrackersFlap(t *testing.T) {
	t.Parallel()
	amongFlappingTrackers(t, func(p *program, _ func(*program) *program) *program {
		time.Sleep(*soak)
		return p
	})
}
