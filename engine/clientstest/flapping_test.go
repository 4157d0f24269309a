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

var soak = flag.Duration("soak", 5*time.Second, "how long the trackers flap in TestNothingIsLostWhileTrackersFlap")

const (
	flappingTrackers = 4
	flappingWorkers  = 8
	deliveredWithin  = 100 * time.Second // after the trackers are healthy again
	flappingAnswer   = "d8:completei3e10:incompletei2e8:intervali10e5:peers0:e"
)

// What a flapping tracker does with an announce.
const (
	healthy int32 = iota
	refusing
	resetting
	failing // with 503
	silent
	slow
	modeCount
)

// clientSession is one session of a client, from `started` to `stopped`.
type clientSession struct {
	key      string       // info_hash peer_id
	uploaded atomic.Int64 // the client's own total, in bytes; an announce never has a higher one
}

// receivedAnnounce is an announce as a tracker received it.
type receivedAnnounce struct {
	connection     int // its number at this tracker
	event          string
	seen, reported int64 // bytes
	processed      bool
}

// flappingTracker is a tracker whose mode changes at random, and which records every announce.
type flappingTracker struct {
	t     *testing.T
	addr  string
	mode  atomic.Int32
	conns sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener                  // guarded by mu; nil while it refuses
	last     int                           // guarded by mu; number of the newest connection
	runs     []int                         // guarded by mu; the newest connection at each restart of the program
	open     map[net.Conn]bool             // guarded by mu
	sessions map[string]*clientSession     // guarded by mu
	received map[string][]receivedAnnounce // guarded by mu; by session
	over     bool                          // guarded by mu
}

func startFlappingTracker(t *testing.T) *flappingTracker {
	t.Helper()
	f := &flappingTracker{t: t, open: map[net.Conn]bool{}, sessions: map[string]*clientSession{}, received: map[string][]receivedAnnounce{}}
	f.addr = f.listen("127.0.0.1:0")
	t.Cleanup(f.close)
	return f
}

// listen accepts connections at addr, and returns the address with its port filled in.
func (f *flappingTracker) listen(addr string) string {
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

func (f *flappingTracker) accept(l net.Listener) {
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

// setMode changes what the tracker does with announces. If it was silent, it closes the connections it left unanswered.
func (f *flappingTracker) setMode(mode int32) {
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

// cut closes every connection; the caller holds mu.
func (f *flappingTracker) cut() {
	for c := range f.open {
		_ = c.Close()
	}
}

func (f *flappingTracker) close() {
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

// markRestart records, while the program is not running, the newest connection: the announces of the runs before are on
// this connection and older ones.
func (f *flappingTracker) markRestart() {
	c, err := net.DialTimeout("tcp", f.addr, patience)
	if err != nil { // the tracker is refusing connections
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

func (f *flappingTracker) serve(c net.Conn, number int) {
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
		f.record(head, number, mode == healthy || mode == slow)
		switch mode {
		case resetting, refusing:
			_ = c.(*net.TCPConn).SetLinger(0)
			return
		case failing:
			_, err = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
		case silent:
			_, _ = r.ReadByte() // waits until either side closes the connection
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

// record records an announce, and checks that its total is between the client's own total and three times that.
func (f *flappingTracker) record(head []byte, number int, processed bool) {
	target, _, _ := strings.Cut(strings.TrimPrefix(string(head), "GET "), " ")
	u, err := url.Parse(target)
	if err != nil {
		f.t.Errorf("the tracker received %q, which is not an announce of the test", head)
		return
	}
	q := u.Query()
	seen, err1 := strconv.ParseInt(q.Get("downloaded"), 10, 64)
	reported, err2 := strconv.ParseInt(q.Get("uploaded"), 10, 64)
	key := q.Get("info_hash") + " " + q.Get("peer_id")
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.sessions[key]
	if err1 != nil || err2 != nil || l == nil {
		f.t.Errorf("the tracker received %q, which is not an announce of the test", head)
		return
	}
	if now := l.uploaded.Load(); reported < seen || reported > 3*now {
		f.t.Errorf("%s: reported %d for an announced %d while the client's total was %d, want at most three times that", key, reported, seen, now)
	}
	f.received[key] = append(f.received[key], receivedAnnounce{number, q.Get("event"), seen, reported, processed})
}

// check checks that no total of a session is lower than the one before it, and returns how many announces were
// received. It sorts them by the run of the program that sent them: the tracker may read the last announce of a run that
// was killed after the first one of the next run.
func (f *flappingTracker) check() (announces int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.runs)
	run := func(h receivedAnnounce) int { n, _ := slices.BinarySearch(f.runs, h.connection); return n }
	for key, all := range f.received {
		announces += len(all)
		slices.SortStableFunc(all, func(a, b receivedAnnounce) int { return run(a) - run(b) })
		for i := range all[1:] {
			if all[i+1].reported < all[i].reported {
				f.t.Errorf("%s: reported %d after %d, want no lower total", key, all[i+1].reported, all[i].reported)
			}
		}
	}
	return announces
}

// hasProcessed reports whether the tracker has processed this event with this total or a higher one: a client that
// repeats an event with a higher total needs only that one to arrive.
func (f *flappingTracker) hasProcessed(l *clientSession, event string, seen int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.received[l.key], func(h receivedAnnounce) bool { return h.processed && h.event == event && h.seen >= seen })
}

// answeredEvent is an event to which the client got an answer, from the tracker or from the program's cache.
type answeredEvent struct {
	f       *flappingTracker
	session *clientSession
	event   string
	seen    int64 // bytes
}

// flapping is the program between clients and flapping trackers.
type flapping struct {
	t        *testing.T
	addr     string // the program's
	trackers []*flappingTracker
	over     chan struct{}
	numbers  atomic.Int64 // of sessions
	failures atomic.Int64 // announces without an answer

	mu          sync.Mutex
	unconfirmed []answeredEvent // guarded by mu
}

// begin starts a session at the next tracker.
func (w *flapping) begin() (*flappingTracker, *clientSession) {
	n := w.numbers.Add(1)
	f := w.trackers[n%flappingTrackers]
	hash := strings.Repeat([]string{"f", "g", "h"}[n%3], 20) // "f" has a factor of its own: see writeCrashSettings
	l := &clientSession{key: fmt.Sprintf("%s -TR3000-%012d", hash, n)}
	f.mu.Lock()
	f.sessions[l.key] = l
	f.mu.Unlock()
	return f, l
}

// announce sends the client's total once, and reports whether an answer came.
func (w *flapping) announce(f *flappingTracker, l *clientSession, event string) bool {
	c, err := net.DialTimeout("tcp", w.addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	hash, peer, _ := strings.Cut(l.key, " ")
	uploaded := l.uploaded.Load()
	if event != "" {
		event = "&event=" + event
	}
	_, err = fmt.Fprintf(c, "GET http://%s/announce?info_hash=%s&peer_id=%s&port=1&uploaded=%d&downloaded=%d&left=0%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
		f.addr, hash, peer, uploaded, uploaded, event, f.addr)
	if err != nil {
		return false
	}
	answer, err := io.ReadAll(c)
	return err == nil && bytes.HasSuffix(answer, []byte("5:peers0:e"))
}

// announceUntilAnswered repeats an event until an answer comes; from then on the tracker must receive it.
func (w *flapping) announceUntilAnswered(f *flappingTracker, l *clientSession, event string) {
	for !w.announce(f, l, event) {
		w.failures.Add(1)
		time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unconfirmed = append(w.unconfirmed, answeredEvent{f, l, event, l.uploaded.Load()})
}

// client runs one session after the other until over is closed.
func (w *flapping) client() {
	pause := func() { time.Sleep(time.Duration(rand.N(400)) * time.Millisecond) }
	for {
		f, l := w.begin()
		w.announceUntilAnswered(f, l, "started")
		for range rand.N(4) {
			pause()
			l.uploaded.Add(rand.N(int64(100_000)))
			if !w.announce(f, l, "") {
				w.failures.Add(1)
			}
		}
		if rand.N(2) == 0 {
			w.announceUntilAnswered(f, l, "completed")
		}
		l.uploaded.Add(rand.N(int64(100_000)))
		w.announceUntilAnswered(f, l, "stopped")
		pause()
		select {
		case <-w.over:
			return
		default:
		}
	}
}

// steady announces every second in one session, as in practice some client always does. Once the tracker answers such
// an announce, the program does not wait for its next probe, which may be minutes away, to deliver the pending ones.
func (w *flapping) steady(f *flappingTracker, l *clientSession, end <-chan struct{}) {
	w.announceUntilAnswered(f, l, "started")
	for {
		select {
		case <-end:
			return
		case <-time.After(time.Second):
			l.uploaded.Add(1000)
			_ = w.announce(f, l, "")
		}
	}
}

// flap changes the modes of trackers at random until over is closed.
func (w *flapping) flap() {
	for {
		select {
		case <-w.over:
			return
		case <-time.After(time.Duration(rand.N(1500)) * time.Millisecond):
			mode := healthy
			if rand.N(3) > 0 {
				mode = 1 + rand.N(modeCount-1)
			}
			w.trackers[rand.N(len(w.trackers))].setMode(mode)
		}
	}
}

// undelivered returns the answered events that their tracker has not processed yet.
func (w *flapping) undelivered() []answeredEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unconfirmed = slices.DeleteFunc(w.unconfirmed, func(a answeredEvent) bool { return a.f.hasProcessed(a.session, a.event, a.seen) })
	return slices.Clone(w.unconfirmed)
}

// withFlappingTrackers runs the program with clients and flapping trackers while do runs. Then it makes the trackers
// healthy and checks that no total has fallen or is higher than the factor allows, and that every event that got an
// answer reaches its tracker.
func withFlappingTrackers(t *testing.T, do func(p *program, restart func(p *program) *program) *program) {
	began := time.Now()
	w := &flapping{t: t, over: make(chan struct{})}
	for range flappingTrackers {
		w.trackers = append(w.trackers, startFlappingTracker(t))
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
	stopFlapping := sync.OnceFunc(func() {
		close(w.over)
		flapping.Wait() // flap may be changing a tracker
	})
	t.Cleanup(stopFlapping) // registered after the trackers' own cleanups, so it runs before them
	p = do(p, func(p *program) *program {
		p.signal(syscall.SIGKILL)
		p.wait()
		for _, f := range w.trackers {
			f.markRestart()
		}
		return start()
	})
	stopFlapping()
	for _, f := range w.trackers {
		f.setMode(healthy)
	}
	last := time.Now()
	working.Wait()
	for time.Since(last) < deliveredWithin && len(w.undelivered()) > 0 {
		time.Sleep(100 * time.Millisecond)
	}
	took := time.Since(last)
	for _, a := range w.undelivered() {
		t.Errorf("%s at %s: %s with %d uploaded did not arrive within %v", a.session.key, a.f.addr, a.event, a.seen, deliveredWithin)
	}
	close(ended)
	steady.Wait()
	p.stop()
	for _, l := range p.log(func(l *logLine) bool { return l.Msg == "delivering" || l.Msg == "stopped" }) {
		if l.Pending > 0 {
			t.Errorf("%s: %d announces are still pending for healthy trackers, want 0", l.Msg, l.Pending)
		}
	}
	announces := 0
	for _, f := range w.trackers {
		announces += f.check()
	}
	t.Logf("%d starts, %d sessions, %d announces received, %d without an answer; delivery ended %v after the trackers were healthy; %v in all",
		starts, w.numbers.Load(), announces, w.failures.Load(), took.Round(100*time.Millisecond), time.Since(began).Round(time.Second))
}

// TestNothingIsLostByKillsWhileTrackersFlap kills the program at random moments and starts it again.
func TestNothingIsLostByKillsWhileTrackersFlap(t *testing.T) {
	t.Parallel()
	withFlappingTrackers(t, func(p *program, restart func(*program) *program) *program {
		for range *kills {
			time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
			p = restart(p)
		}
		return p
	})
}

// TestNothingIsLostWhileTrackersFlap leaves the program running for as long as the flag -soak says.
func TestNothingIsLostWhileTrackersFlap(t *testing.T) {
	t.Parallel()
	withFlappingTrackers(t, func(p *program, _ func(*program) *program) *program {
		time.Sleep(*soak)
		return p
	})
}
