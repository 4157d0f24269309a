//go:build linux

package engine_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/report/policy"
)

// sendAndLeave sends a request and closes the connection without waiting for the answer.
func (d *outage) sendAndLeave(request string) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.e.Snapshot().Addr)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		d.t.Fatal(err)
	}
	_ = c.Close()
	d.recorded++
}

// TestAnAnnounceCountsAfterItsClientLeft: the announce of a client that closes its connection is still sent, and the
// tracker's answer counts, but the exchange ends soon. If nothing was sent yet, no new attempt is made, and the
// announce is pending.
func TestAnAnnounceCountsAfterItsClientLeft(t *testing.T) {
	enginetest.Parallel(t)
	type left struct {
		fault    func(d *outage, stop chan struct{}) // what the tracker does, at most until held is closed
		most     time.Duration                       // of the exchange
		outcome  exchange.Outcome
		received string
		pending  int
	}
	sideBySide(t, map[string]left{
		"before the tracker is reached": {
			fault: func(d *outage, _ chan struct{}) { blackhole(d) }, most: 2500 * time.Millisecond, outcome: exchange.OutcomeFailed, pending: 1,
		},
		"a slow tracker": {
			fault: func(d *outage, stop chan struct{}) {
				d.setFault(func(x *enginetest.Exchange) {
					time.Sleep(2500 * time.Millisecond)
					x.Answer(enginetest.Peers)
				})
			},
			most: 4 * time.Second, outcome: exchange.OutcomeForwarded, received: "1000 ",
		},
		"a tracker that never answers": {
			fault: func(d *outage, stop chan struct{}) { d.setFault(func(*enginetest.Exchange) { <-stop }) },
			most:  6500 * time.Millisecond, outcome: exchange.OutcomeFailed, received: "1000 ", pending: 1,
		},
		"an endless answer": {
			fault: func(d *outage, stop chan struct{}) {
				d.setFault(func(x *enginetest.Exchange) {
					x.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
					for {
						select {
						case <-stop:
							return
						case <-time.After(300 * time.Millisecond):
						}
						if _, err := io.WriteString(x.Conn, "d"); err != nil {
							return
						}
					}
				})
			},
			most: 6500 * time.Millisecond, outcome: exchange.OutcomeForwarded, received: "1000 ",
		},
		"an answer that stops": {
			fault: func(d *outage, stop chan struct{}) {
				d.setFault(func(x *enginetest.Exchange) {
					x.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nd8:")
					<-stop
				})
			},
			most: 6500 * time.Millisecond, outcome: exchange.OutcomeForwarded, received: "1000 ",
		},
	}, func(t *testing.T, l left) {
		d := startOutage(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Patient})
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		l.fault(d, stop)
		began := time.Now()
		d.sendAndLeave(d.announce(1, 1000, ""))
		s := d.snapshot()
		if took := time.Since(began); took > l.most {
			t.Errorf("the exchange lasted %v, which is too long", took)
		}
		if r := s.Torrents[0]; r.Outcome != l.outcome || r.Seen != 0 || r.Sessions != 1 { // the session began at 1000
			t.Errorf("recorded: %+v, want %v in one session", r, l.outcome)
		}
		if d.received() != l.received || len(s.Pending) != l.pending {
			t.Errorf("the tracker received %q, want %q; pending: %+v, want %d", d.received(), l.received, s.Pending, l.pending)
		}
		if tr := s.Trackers[0]; l.received != "" && !tr.NextTry.IsZero() {
			t.Errorf("the tracker counts as failing, though no client waited for it: %+v", tr)
		}
	})
}

// TestAnAnnounceCountsAfterItsClientLeftADecryptedStream is TestAnAnnounceCountsAfterItsClientLeft inside TLS, where an
// unread close_notify precedes the end of the connection.
func TestAnAnnounceCountsAfterItsClientLeftADecryptedStream(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	stop := make(chan struct{})
	silent := enginetest.NewTracker(t, func(*enginetest.Exchange) { <-stop })
	t.Cleanup(func() { close(stop) })
	front := enginetest.NewFront(t, "127.0.0.2:0", silent.Addr, &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), secureName)}})
	_, s.port, _ = net.SplitHostPort(front.Addr)
	s.open(secureName + ":" + s.port)
	c, err := s.through(s.curl(secureName), &tls.Config{RootCAs: s.trustingRoots(), ServerName: secureName})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, s.announce("1000")); err != nil {
		t.Fatal(err)
	}
	silent.Await(t, 1)
	began := time.Now()
	_ = c.Close()
	enginetest.Eventually(t, "the exchange is over", func() bool { return len(activity(s.e, 0)) == 1 })
	if took := time.Since(began); took > 6500*time.Millisecond {
		t.Errorf("the exchange lasted %v, which is too long", took)
	}
	if w := s.e.Snapshot().Pending; len(w) != 1 {
		t.Errorf("pending: %+v, want one", w)
	}
}

// TestAStopEndsTunnelsAfterASecond: a stop does not wait until one side closes a tunnel, but bytes that either side
// sends within the first second arrive.
func TestAStopEndsTunnelsAfterASecond(t *testing.T) {
	enginetest.CheckGoroutines(t)
	peer, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	e := enginetest.Engine(t, engine.Options{})
	at := addr(t, e)
	c := enginetest.Dial(t, at)
	c.Send("CONNECT " + peer.Addr().String() + " HTTP/1.1\r\nHost: " + peer.Addr().String() + "\r\n\r\n")
	other, err := peer.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c.Head()
	began := time.Now()
	stopped := make(chan error)
	go func() { stopped <- e.Stop(context.Background()) }()
	enginetest.Eventually(t, "it stops", func() bool { return closed(at) })
	c.Send("last words")
	b := make([]byte, 10)
	if _, err := io.ReadFull(other, b); err != nil || string(b) != "last words" {
		t.Errorf("the last bytes arrived as %q (%v)", b, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
