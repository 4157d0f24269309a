package doors

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"bittoratio/engine/exchange"
	"bittoratio/engine/network/intercept"
	"bittoratio/engine/network/upstream"
)

func TestTunnelsFitTheLimitOfOpenFiles(t *testing.T) {
	for files, want := range map[uint64]int32{0: 64, 256: 64, 1024: 384, 4096: 1920, 8256: 4000, 1 << 20: 4000, 1<<64 - 1: 4000} {
		if got := tunnelsFor(files); got != want {
			t.Errorf("with a limit of %d files: %d tunnels, want %d", files, got, want)
		}
	}
}

// TestTheLongestIdleIsClosedFirst, in the order in which connections became idle, and none that serves a request.
func TestTheLongestIdleIsClosedFirst(t *testing.T) {
	s := New(Parts{NewStream: func() Stream { return &refusingWay{} }, Dialer: &upstream.Dialer{}, Log: slog.New(slog.DiscardHandler)}, nil)
	var all []*conn
	for range 4 {
		client, far := net.Pipe()
		t.Cleanup(func() { _, _ = client.Close(), far.Close() })
		c := newConn(s)
		if !s.admit(c, client) {
			t.Fatal("the limiter refused a connection below its limit")
		}
		all = append(all, c)
	}
	s.markBusy(all[0])
	s.markIdle(all[0]) // now the one that is idle for the shortest time
	s.markBusy(all[2])
	for _, next := range []int{1, 3, 0} {
		if !s.evict() || !all[next].evicted {
			t.Errorf("connection %d was not the next one closed", next)
		}
	}
	if s.evict() || all[2].evicted {
		t.Error("a connection that serves a request was closed")
	}
}

// TestATunnelOverTheLimitIsRefused with a reason, and a place that is freed can be used again.
func TestATunnelOverTheLimitIsRefused(t *testing.T) {
	peer, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entries := make(chan exchange.Entry, 10)
	s := New(Parts{
		NewStream: func() Stream { return &refusingWay{} }, Dialer: &upstream.Dialer{}, Interception: intercept.New(func() {}),
		Log: slog.New(slog.DiscardHandler), Note: func(e exchange.Entry) { entries <- e },
	}, nil)
	s.maxTunnels = 2
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx, l) })
	defer running.Wait()
	defer stop()
	connect := func() (c net.Conn, answer string) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(c, "CONNECT "+peer.Addr().String()+" HTTP/1.1\r\nHost: t\r\n\r\n\x13BitTorrent"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 13)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
		return c, string(b[9:12])
	}
	var tunnels [2]net.Conn
	for i := range tunnels {
		c, answer := connect()
		defer c.Close()
		if tunnels[i] = c; answer != "200" {
			t.Fatalf("tunnel %d: the answer is %s, want %s", i, answer, "200")
		}
		if e := <-entries; e.Kind != exchange.KindTunnel {
			t.Errorf("the report has %+v", e)
		}
	}
	c, answer := connect()
	defer c.Close()
	if e := <-entries; answer != "503" || e.Problem != exchange.ProblemBusy {
		t.Errorf("one tunnel above the limit: the answer is %s, the report has %+v", answer, e)
	}
}
