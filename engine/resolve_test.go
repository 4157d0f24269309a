package engine_test

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
)

// TestAClientIsAnsweredWhileItsTrackersNameDoesNotResolve: the client gets the cached answer at once, and the failed
// look-up is not cached.
func TestAClientIsAnsweredWhileItsTrackersNameDoesNotResolve(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var lost atomic.Bool
	enginetest.Names(t, func(string) netip.Addr {
		if lost.Load() {
			return netip.Addr{}
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 2})
	})
	d := newOutage(t)
	_, port, _ := strings.Cut(d.target, ":")
	d.target = "tracker.example:" + port
	d.send(d.announce(1, 0, "started"), 0)
	lost.Store(true)
	began := time.Now()
	if got, err := d.send(d.announce(1, 1000, "completed"), 0); got != good || err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("after %v the client got %q, %v", time.Since(began), got, err)
	}
	s := d.snapshot()
	if r := s.Torrents[0]; r.Outcome != exchange.OutcomeCached || r.Problem != exchange.ProblemDNS || r.Reported != 3000 || len(s.Pending) != 1 {
		t.Errorf("recorded: %+v; pending: %+v, want one", r, s.Pending)
	}
	lost.Store(false)
	if got, err := d.send(d.announce(1, 1500, ""), 0); got != good || err != nil || d.received() != "0started 3000completed 4500 " {
		t.Errorf("the client got %q, %v; the tracker received %q", got, err, d.received())
	}
	if s := d.snapshot(); len(s.Pending) != 0 {
		t.Errorf("pending: %+v, want nothing", s.Pending)
	}
}

// TestASilentNameServerDoesNotMakeATrackerAway: the name server is silent, as on a laptop that has just woken up. With
// a cached answer the client does not wait longer than for a silent tracker.
func TestASilentNameServerDoesNotMakeATrackerAway(t *testing.T) {
	enginetest.CheckGoroutines(t)
	var silent atomic.Bool
	held := make(chan struct{})
	enginetest.Names(t, func(string) netip.Addr {
		if silent.Load() {
			<-held
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 2})
	})
	d := newOutage(t)
	t.Cleanup(func() { close(held) }) // before the engine is closed, which would wait for it
	_, port, _ := strings.Cut(d.target, ":")
	d.target = "tracker.example:" + port
	d.send(d.announce(1, 0, "started"), 0)
	silent.Store(true)
	began := time.Now()
	if got, err := d.send(d.announce(1, 1000, ""), 0); got != good || err != nil || time.Since(began) > 4*time.Second {
		t.Errorf("after %v the client got %q, %v", time.Since(began), got, err)
	}
	s := d.snapshot()
	if r := s.Torrents[0]; r.Outcome != exchange.OutcomeCached || r.Problem != exchange.ProblemNoRoute || r.Reported != 3000 || len(s.Pending) != 1 {
		t.Errorf("recorded: %+v; pending: %+v, want one", r, s.Pending)
	}
	if d.received() != "0started " {
		t.Errorf("the tracker received %q, want %q", d.received(), "0started ")
	}
}

// TestHTTPErrorsAffectOnlyTheirTorrent: after HTTP errors of a tracker for one torrent, its client gets
// cached answers and one announce is pending; but the tracker does not count as away, so announces of another torrent
// are forwarded.
func TestHTTPErrorsAffectOnlyTheirTorrent(t *testing.T) {
	enginetest.CheckGoroutines(t)
	d := newOutage(t)
	d.send(d.announce(1, 0, "started"), 0)
	d.setFault(func(x *enginetest.Exchange) {
		if x.Query("info_hash") == strings.Repeat("b", 20) {
			x.Answer(enginetest.Peers)
			return
		}
		x.Send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>")
	})
	for i := range 4 {
		if got, _ := d.send(d.announce(1, 100*(i+1), ""), 0); got != good {
			t.Errorf("error %d: the client got %q, want %q", i+1, got, good)
		}
	}
	other := strings.Replace(d.announce(2, 0, "started"), enginetest.InfoHash, strings.Repeat("b", 20), 1)
	if got, _ := d.send(other, 0); got != good {
		t.Errorf("another torrent got %q", got)
	}
	if s := d.snapshot(); s.Trackers[0].Away || len(s.Pending) != 1 {
		t.Errorf("tracker %+v, pending %+v", s.Trackers[0], s.Pending)
	}
}
