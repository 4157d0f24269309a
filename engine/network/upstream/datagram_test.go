package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/network/upstream"
	"bittoratio/engine/report/activity"
	"bittoratio/engine/wire/udptracker"
)

// tracker answers datagrams by a script until the test ends.
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

func TestADatagramIsToldUnderAConnectionAndNothingElseOfItChanges(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		var heard atomic.Pointer[[]byte]
		addr := tracker(t, at, func(d []byte) [][]byte {
			r, ok := udptracker.ParseRequest(d)
			if ok && r.Action == udptracker.Connect {
				stray := udptracker.AppendConnected(nil, r.Transaction+1, 1) // another's answer
				return [][]byte{{0}, stray, udptracker.AppendConnected(nil, r.Transaction, id)}
			}
			said := bytes.Clone(d)
			heard.Store(&said)
			answer := append([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 8, 0, 0, 0, 3, 0, 0, 0, 2}, make([]byte, 36)...)
			udptracker.PutTransaction(answer, r.Transaction)
			return [][]byte{udptracker.AppendConnected(nil, r.Transaction, 2), answer}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, announce)
		if err != nil || a.Interval != 30*time.Minute || a.Swarm.Seeders != 2 || len(a.CompactPeers(a.IPv6)) != 36 || a.IPv6 != (at[0] == '[') {
			t.Fatalf("%s: %+v, %v", at, a, err)
		}
		said := *heard.Load()
		r, _ := udptracker.ParseRequest(said)
		if r.Connection != id || !bytes.Equal(said[16:], announce[16:]) {
			t.Errorf("heard %x", said)
		}
	}
}

func TestWhatATrackerSaysInDatagramsIsToldApart(t *testing.T) {
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
		problem       activity.Problem
		op            string
	}{
		{"never connects", tracker(t, "127.0.0.1:0", func([]byte) [][]byte { return nil }), activity.ProblemTimeout, "dial"},
		{"connects and says no more", tracker(t, "127.0.0.1:0", connected), activity.ProblemTimeout, "read"},
		{"is not there", closed.LocalAddr().String(), activity.ProblemRefused, "dial"},
		{"a network", "255.255.255.255:6969", activity.ProblemReset, "dial"},
		{"no port", "127.0.0.1:0", activity.ProblemReset, "dial"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, c.address, announce)
		cancel()
		var f *upstream.Error
		if !errors.As(err, &f) || f.Problem != c.problem || f.Op != c.op {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
	}
	refusing := tracker(t, "127.0.0.1:0", func(d []byte) [][]byte {
		r, _ := udptracker.ParseRequest(d)
		return [][]byte{udptracker.AppendFailure(nil, r.Transaction, "go away")}
	})
	if a, err := (&upstream.Dialer{}).ExchangeUDP(t.Context(), refusing, announce); err != nil || a.Reason != "go away" || !a.Unheard {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestALostConnectIsSaidAgain(t *testing.T) {
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
	if a, err := (&upstream.Dialer{}).ExchangeUDP(ctx, addr, announce); err != nil || a.Reason != "done" || n.Load() != 3 {
		t.Errorf("%+v, %v after %d datagrams", a, err, n.Load())
	}
}
