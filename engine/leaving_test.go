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

// leaves sends a request and closes the connection without waiting for the answer.
func (d *drill) leaves(request string) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.e.Snapshot().Addr)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		d.t.Fatal(err)
	}
	_ = c.Close()
	d.said++
}

// TestAnAnnounceCountsAfterItsClientLeft: the announce of a client that closes its connection is still sent, and the
// tracker's answer counts, but the exchange ends soon. If nothing was sent yet, no new attempt is made, and the
// announce is pending.
func TestAnAnnounceCountsAfterItsClientLeft(t *testing.T) {
	enginetest.Parallel(t)
	type left struct {
		fault   func(d *drill, held chan struct{}) // what the tracker does, at most until held is closed
		most    time.Duration                      // of the exchange
		outcome exchange.Outcome
		told    string
		kept    int
	}
	sideBySide(t, map[string]left{
		"before the tracker is reached": {
			fault: func(d *drill, _ chan struct{}) { blackhole(d) }, most: 2500 * time.Millisecond, outcome: exchange.OutcomeFailed, kept: 1,
		},
		"a tracker that takes its time": {
			fault: func(d *drill, held chan struct{}) {
				d.plays(func(x *enginetest.Exchange) {
					time.Sleep(2500 * time.Millisecond)
					x.Answer(enginetest.Peers)
				})
			},
			most: 4 * time.Second, outcome: exchange.OutcomeForwarded, told: "1000 ",
		},
		"a tracker that never answers": {
			fault: func(d *drill, held chan struct{}) { d.plays(func(*enginetest.Exchange) { <-held }) },
			most:  6500 * time.Millisecond, outcome: exchange.OutcomeFailed, told: "1000 ", kept: 1,
		},
		"an answer without an end": {
			fault: func(d *drill, held chan struct{}) {
				d.plays(func(x *enginetest.Exchange) {
					x.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
					for {
						select {
						case <-held:
							return
						case <-time.After(300 * time.Millisecond):
						}
						if _, err := io.WriteString(x.Conn, "d"); err != nil {
							return
						}
					}
				})
			},
			most: 6500 * time.Millisecond, outcome: exchange.OutcomeForwarded, told: "1000 ",
		},
		"an answer that stops": {
			fault: func(d *drill, held chan struct{}) {
				d.plays(func(x *enginetest.Exchange) {
					x.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nd8:")
					<-held
				})
			},
			most: 6500 * time.Millisecond, outcome: exchange.OutcomeForwarded, told: "1000 ",
		},
	}, func(t *testing.T, l left) {
		d := startDrill(t, engine.Options{Multiplier: 3 * policy.One, Patience: enginetest.Patient})
		held := make(chan struct{})
		t.Cleanup(func() { close(held) })
		l.fault(d, held)
		began := time.Now()
		d.leaves(d.announce(1, 1000, ""))
		s := d.snapshot()
		if took := time.Since(began); took > l.most {
			t.Errorf("the exchange lasted %v", took)
		}
		if r := s.Torrents[0]; r.Outcome != l.outcome || r.Seen != 0 || r.Sessions != 1 { // the session began at 1000
			t.Errorf("noted %+v", r)
		}
		if d.received() != l.told || len(s.Pending) != l.kept {
			t.Errorf("the tracker received %q; kept: %+v", d.received(), s.Pending)
		}
		if tr := s.Trackers[0]; l.told != "" && !tr.NextTry.IsZero() {
			t.Errorf("the tracker is thought to fail, though nobody waited for it: %+v", tr)
		}
	})
}

// TestAnAnnounceCountsAfterItsClientLeftADecryptedStream is TestAnAnnounceCountsAfterItsClientLeft inside TLS, where an
// unread close_notify precedes the end of the connection.
func TestAnAnnounceCountsAfterItsClientLeftADecryptedStream(t *testing.T) {
	enginetest.CheckGoroutines(t)
	s := newSecure(t, nil)
	held := make(chan struct{})
	silent := enginetest.NewTracker(t, func(*enginetest.Exchange) { <-held })
	t.Cleanup(func() { close(held) })
	front := enginetest.NewFront(t, "127.0.0.2:0", silent.Addr, &tls.Config{Certificates: []tls.Certificate{*enginetest.MustIssue(t, s.root, time.Now().Add(time.Hour), secureName)}})
	_, s.port, _ = net.SplitHostPort(front.Addr)
	s.open(secureName + ":" + s.port)
	c, err := s.through(s.curl(secureName), &tls.Config{RootCAs: s.local(), ServerName: secureName})
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
		t.Errorf("the exchange lasted %v", took)
	}
	if w := s.e.Snapshot().Pending; len(w) != 1 {
		t.Errorf("kept: %+v", w)
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
		t.Errorf("%q, %v", b, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}
