package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/wire/udptracker"
)

// tracker runs a tracker that answers datagrams as script says, until the test ends.
func tracker(t *testing.T, at string, script func(datagram []byte) [][]byte) (addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2000)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			for _, answer := range script(b[:n]) {
				_, _ = c.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { _ = c.Close(); <-done })
	return c.LocalAddr().String()
}

const id = 0x4142434445464748

var announce = udptracker.AppendAnnounce(nil, 0, 0, &udptracker.Announce{
	Announce: bittorrent.Announce{Event: bittorrent.EventStopped, Counters: bittorrent.Counters{Uploaded: 3000}}, NumWant: -1, Tail: []byte("\x02\x09/announce"),
})

func TestOnlyConnectionAndTransactionOfADatagramChange(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		var received atomic.Pointer[[]byte]
		addr := tracker(t, at, func(d []byte) [][]byte {
			r, ok := udptracker.ParseRequest(d)
			if ok && r.Action == udptracker.Connect {
				stray := udptracker.AppendConnected(nil, r.Transaction+1, 1) // the answer to another request
				return [][]byte{{0}, stray, udptracker.AppendConnected(nil, r.Transaction, id)}
			}
			copied := bytes.Clone(d)
			received.Store(&copied)
			answer := append([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 8, 0, 0, 0, 3, 0, 0, 0, 2}, make([]byte, 36)...)
			udptracker.PutTransaction(answer, r.Transaction)
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, 2), answer}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, announce, upstream.Dialling{})
		if err != nil || a.Interval != 30*time.Minute || a.Swarm.Seeders != 2 || len(a.CompactPeers(a.IPv6)) != 36 || a.IPv6 != (at[0] == '[') {
			t.Fatalf("%s: got %+v, %v", at, a, err)
		}
		copied := *received.Load()
		r, _ := udptracker.ParseRequest(copied)
		if r.Connection != id || !bytes.Equal(copied[16:], announce[16:]) {
			t.Errorf("the tracker received %x", copied)
		}
	}
}

func TestErrorsOfUDPTrackersAreClassified(t *testing.T) {
	connected := func(d []byte) [][]byte {
		if r, ok := udptracker.ParseRequest(d); ok && r.Action == udptracker.Connect {
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, id)}
		}
		return nil
	}
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for _, c := range []struct {
		name, address string
		problem       exchange.Problem
		op            string
	}{
		{"never connects", tracker(t, "127.0.0.1:0", func([]byte) [][]byte { return nil }), exchange.ProblemTimeout, "dial"},
		{"answers the connect only", tracker(t, "127.0.0.1:0", connected), exchange.ProblemTimeout, "read"},
		{"is not there", closed.LocalAddr().String(), exchange.ProblemRefused, "dial"},
		{"a network", "255.255.255.255:6969", exchange.ProblemReset, "dial"},
		{"no port", "127.0.0.1:0", exchange.ProblemReset, "dial"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, c.address, announce, upstream.Dialling{})
		cancel()
		var f *upstream.Error
		if !errors.As(err, &f) || f.Problem != c.problem || f.Op != c.op {
			t.Errorf("%s: got %+v, %v", c.name, a, err)
		}
	}
	refusing := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
		r, _ := udptracker.ParseRequest(d)
		return [][]byte{udptracker.AppendFailure(nil, r.Transaction, "go away")}
	})
	if a, err := (&upstream.Dialer{}).ExchangeUDP(t.Context(), refusing, announce, upstream.Dialling{}); err != nil || a.Reason != "go away" || !a.NotSent {
		t.Errorf("unexpected result: %+v, %v", a, err)
	}
}

func TestALostConnectIsSentAgain(t *testing.T) {
	var n atomic.Int32
	addr := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
		r, _ := udptracker.ParseRequest(d)
		if n.Add(1) == 1 {
			return nil
		}
		if r.Action == udptracker.Connect {
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, id)}
		}
		return [][]byte{udptracker.AppendFailure(nil, r.Transaction, "done")}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, announce, upstream.Dialling{}); err != nil || a.Reason != "done" || n.Load() != 3 {
		t.Errorf("ExchangeUDP returned %+v, %v after %d datagrams", a, err, n.Load())
	}
}

// TestAConnectionServesSeveralRequests until the tracker no longer accepts its id; then a new connection is made.
func TestAConnectionServesSeveralRequests(t *testing.T) {
	var connects, refusals atomic.Int32
	var known atomic.Uint64
	addr := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
		r, _ := udptracker.ParseRequest(d)
		switch {
		case r.Action == udptracker.Connect:
			known.Store(uint64(id) + uint64(connects.Add(1)))
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, udptracker.Connection(known.Load()))}
		case uint64(r.Connection) != known.Load():
			refusals.Add(1)
			return [][]byte{udptracker.AppendFailure(nil, r.Transaction, "who are you?")}
		}
		answer := append([]byte{0, 0, 0, 1, 0, 0, 0, 0}, make([]byte, 12)...)
		udptracker.PutTransaction(answer, r.Transaction)
		return [][]byte{answer}
	})
	d := &upstream.Dialer{Connections: new(upstream.Connections)}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for i, want := range []int32{1, 1, 1, 2, 2} {
		if i == 3 {
			known.Store(0) // the tracker was restarted
		}
		if a, err := d.ExchangeUDP(ctx, addr, announce, upstream.Dialling{}); err != nil || a.Action != udptracker.Announces || connects.Load() != want {
			t.Errorf("%d: ExchangeUDP returned %+v, %v after %d connects, want %d", i, a, err, connects.Load(), want)
		}
	}
	if refusals.Load() != 1 {
		t.Errorf("the tracker refused %d connection ids, want 1", refusals.Load())
	}
	d.Connections.Close()
	if a, err := d.ExchangeUDP(ctx, addr, announce, upstream.Dialling{}); err != nil || a.Action != udptracker.Announces || connects.Load() != 3 {
		t.Errorf("after Close ExchangeUDP returned %+v, %v after %d connects", a, err, connects.Load())
	}
}

// TestALostAnnounceIsSentAgainWhileTheClientWaits, sooner than BEP 15 demands, with the same total.
func TestALostAnnounceIsSentAgainWhileTheClientWaits(t *testing.T) {
	var received atomic.Int32
	addr := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
		r, _ := udptracker.ParseRequest(d)
		if r.Action == udptracker.Connect {
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, id)}
		}
		if received.Add(1) == 1 {
			return nil
		}
		return [][]byte{udptracker.AppendFailure(nil, r.Transaction, "done")}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, announce, upstream.Dialling{}); err != nil || a.Reason != "done" || received.Load() != 2 {
		t.Errorf("ExchangeUDP returned %+v, %v after %d announces", a, err, received.Load())
	}
}

// TestALargeScrapeIsSplitIntoSeveralRequests of at most 74 (BEP 15), under one connection, with one answer. After an
// answer that leaves torrents out nothing more is sent, since the order would be lost.
func TestALargeScrapeIsSplitIntoSeveralRequests(t *testing.T) {
	hashes := make([]bittorrent.InfoHash, 160)
	for i := range hashes {
		hashes[i][0] = byte(i)
	}
	for _, c := range []struct {
		name    string
		most    int // torrents in one answer, at most
		scraped []int
		answers int
	}{
		{"all", 74, []int{74, 74, 12}, 160},
		{"a tracker that answers for fewer", 50, []int{74}, 50},
	} {
		var mu sync.Mutex
		var scraped []int
		connects := 0
		addr := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
			mu.Lock()
			defer mu.Unlock()
			r, _ := udptracker.ParseRequest(d)
			if r.Action == udptracker.Connect {
				connects++
				return [][]byte{udptracker.AppendConnected(nil, r.Transaction, id)}
			}
			scraped = append(scraped, len(r.Hashes))
			answer := []byte{0, 0, 0, 2, 0, 0, 0, 0}
			udptracker.PutTransaction(answer, r.Transaction)
			for _, h := range r.Hashes[:min(len(r.Hashes), c.most)] {
				answer = append(answer, 0, 0, 0, h[0], 0, 0, 0, 1, 0, 0, 0, 2)
			}
			return [][]byte{answer}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, udptracker.AppendScrape(nil, 0, 0, hashes), upstream.Dialling{})
		cancel()
		if err != nil || len(a.Swarms) != c.answers {
			t.Fatalf("%s: got %+v, %v", c.name, a, err)
		}
		for i, s := range a.Swarms {
			if s.Seeders != int64(i) {
				t.Fatalf("%s: torrent %d has %d seeders, want its own number", c.name, i, s.Seeders)
			}
		}
		mu.Lock()
		if !slices.Equal(scraped, c.scraped) || connects != 1 {
			t.Errorf("%s: scraped %v torrents with %d connections", c.name, scraped, connects)
		}
		mu.Unlock()
	}
}
