package engine_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
)

const maxClients = 512 // connections of clients

// TestTheLongestIdleConnectionIsClosedForANewClient checks that a new client is served even if all connections are
// taken: the engine closes the connection that has been silent longest, and keeps the connection that was used last.
func TestTheLongestIdleConnectionIsClosedForANewClient(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Patience: enginetest.Patient})
	ask := func(c *enginetest.Client, uploaded int) {
		t.Helper()
		if head, _ := c.Ask(enginetest.Announce(tr.Addr, strconv.Itoa(uploaded), "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce got %q, want the tracker's answer", head)
		}
	}
	var clients []*enginetest.Client
	for i := range maxClients { // each is known to be accepted before the next comes
		c := enginetest.Dial(t, addr(t, e))
		ask(c, i)
		clients = append(clients, c)
	}
	ask(clients[0], 1000) // from the longest idle to the shortest
	late := enginetest.Dial(t, addr(t, e))
	ask(late, 1001)
	// Idle is what the engine has marked so, which it does after the client has its answer: under load not quite in the
	// order of the requests. The second client is the longest idle, or one soon behind it.
	ended := make(chan int, maxClients)
	var reads sync.WaitGroup
	for i, c := range clients {
		reads.Go(func() {
			if _, err := c.Conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				ended <- i
			}
		})
	}
	go func() {
		reads.Wait()
		close(ended)
	}()
	closed, some := <-ended
	if !some || closed == 0 || closed > maxClients/8 {
		t.Errorf("of %d connections number %d was closed (%v), want one of those that were idle longest", maxClients, closed, some)
	}
	for _, c := range clients {
		_ = c.Conn.SetReadDeadline(time.Now())
	}
	for other := range ended {
		t.Errorf("connection %d was closed too", other)
	}
	for _, c := range clients {
		_ = c.Conn.SetReadDeadline(time.Now().Add(time.Minute))
	}
	for i, c := range []*enginetest.Client{clients[0], clients[maxClients/2], clients[maxClients-1], late} {
		ask(c, 1002+i)
	}
}

// TestAClientOverTheLimitGetsTheReason: no exchange is aborted to make room; another client gets the reason and may try
// again later.
func TestAClientOverTheLimitGetsTheReason(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr, gate := gated(t, enginetest.Peers)
	e := enginetest.Engine(t, engine.Options{Patience: enginetest.Patient})
	var clients []*enginetest.Client
	for i := range maxClients {
		c := enginetest.Dial(t, addr(t, e))
		// Not announces, of which only some go to one tracker at a time.
		c.Send("GET http://" + tr.Addr + "/page/" + strconv.Itoa(i) + " HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n")
		clients = append(clients, c)
	}
	tr.Await(t, maxClients)
	if head, _ := enginetest.Dial(t, addr(t, e)).Answer(); !strings.HasPrefix(head, "HTTP/1.1 503 ") {
		t.Errorf("a client over the limit got %q, want 503", head)
	}
	go func() {
		for range maxClients {
			gate <- struct{}{}
		}
	}()
	for _, c := range clients {
		if head, _ := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce got %q, want the tracker's answer", head)
		}
	}
}

// TestHundredsOfTorrentsAtOnceShareFewConnections: a client that starts with all its torrents at once does not open as
// many connections to their tracker, and each announce gets the tracker's answer.
func TestHundredsOfTorrentsAtOnceShareFewConnections(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const torrents, atATime = 300, 50
	tr, gate := gated(t, enginetest.Peers)
	patience := enginetest.Patient
	patience.Queue = time.Minute
	e := enginetest.Engine(t, engine.Options{Patience: patience})
	var clients []*enginetest.Client
	for i := range torrents {
		c := enginetest.Dial(t, addr(t, e))
		c.Send(strings.Replace(enginetest.Announce(tr.Addr, "5", ""), "0123456789ab", "session-"+strconv.Itoa(1000+i), 1))
		clients = append(clients, c)
	}
	tr.Await(t, atATime)
	if n := tr.Conns(); n > atATime {
		t.Errorf("%d connections to the tracker at once, want at most %d", n, atATime)
	}
	go func() {
		for range torrents {
			gate <- struct{}{}
		}
	}()
	for _, c := range clients {
		if head, _ := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce got %q, want the tracker's answer", head)
		}
	}
}

// TestTunnelsLeaveRoomForAnnounces: a client that sends its peers through tunnels cannot use up all connections.
func TestTunnelsLeaveRoomForAnnounces(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const most = maxClients + 8
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{Patience: enginetest.Patient})
	connect := "CONNECT " + tr.Addr + " HTTP/1.1\r\nHost: " + tr.Addr + "\r\n\r\n"
	var tunnels []*enginetest.Client
	for i := range most {
		c := enginetest.Dial(t, addr(t, e))
		c.Send(connect)
		if head := c.Head(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("tunnel %d got %q", i, head)
		}
		tunnels = append(tunnels, c)
	}
	for i := range 20 {
		if head, _ := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, strconv.Itoa(i), "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce beside the tunnels got %q, want the tracker's answer", head)
		}
	}
	for _, c := range tunnels {
		c.Close()
	}
}

// TestSlowClientsDoNotDelayOthers: 600 connections that send a head byte by byte, or nothing, neither delay ordinary
// announces nor stay open.
func TestSlowClientsDoNotDelayOthers(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	begun := time.Now()
	request := enginetest.Announce(tr.Addr, "5", "")
	var slow []*enginetest.Client
	for i := range 600 {
		c := enginetest.Dial(t, addr(t, e))
		c.Send(request[:i%40])
		slow = append(slow, c)
	}
	var worst time.Duration
	ordinary := enginetest.Dial(t, addr(t, e))
	announce := func(c *enginetest.Client, n int) {
		t.Helper()
		at := time.Now()
		if head, _ := c.Ask(enginetest.Announce(tr.Addr, strconv.Itoa(n), "")); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("an announce got %q, want the tracker's answer", head)
		}
		worst = max(worst, time.Since(at))
	}
	for n := range 200 {
		_, _ = slow[n*3].Conn.Write([]byte("x")) // some are closed already
		announce(ordinary, n)
		c := enginetest.Dial(t, addr(t, e))
		announce(c, 1000+n)
		c.Close()
	}
	t.Logf("worst of 400 announces among 600 slow connections: %v", worst)
	if worst > 500*time.Millisecond {
		t.Errorf("an announce took %v, want at most half a second", worst)
	}
	for i, c := range slow {
		if rest := c.Rest(); rest != "" {
			t.Fatalf("slow connection %d got %q, want nothing", i, rest)
		}
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("the slow connections stayed open for %v, want at most 15 s", took)
	}
	announce(ordinary, 2000)
}
