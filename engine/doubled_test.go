package engine_test

import (
	"strings"
	"testing"

	"bittoratio/engine"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/exchange"
	"bittoratio/engine/settings"
)

// gated returns a tracker whose answers wait until the test releases them.
func gated(t *testing.T, body string) (*enginetest.Tracker, chan struct{}) {
	t.Helper()
	gate := make(chan struct{}, 100)
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) {
		<-gate
		x.Answer(body)
	})
	t.Cleanup(func() { close(gate) })
	return tr, gate
}

func TestADuplicateAnnounceIsForwardedOnce(t *testing.T) {
	for name, body := range map[string]string{
		"a good answer": enginetest.Peers, "a page": "<html>", "an empty answer": "", // package announce tests failure reasons
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.CheckGoroutines(t)
			tr, gate := gated(t, body)
			e := enginetest.Engine(t, engine.Options{})
			var clients []*enginetest.Client
			for i := range 5 {
				c := enginetest.Dial(t, addr(t, e))
				// The copies may differ in what does not count: rTorrent adds a tracker id that it has just learned.
				c.Send(enginetest.Announce(tr.Addr, "5", strings.Repeat("&trackerid=T", i)))
				clients = append(clients, c)
			}
			tr.Await(t, 1)
			gate <- struct{}{}
			for _, c := range clients {
				if head, got := c.Answer(); head+got != enginetest.Answer(body) {
					t.Errorf("got %q", head+got)
				}
			}
			// And one more copy after the answer.
			if head, got := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, "5", "")); head+got != enginetest.Answer(body) {
				t.Errorf("got %q", head+got)
			}
			if n := len(tr.Heads()); n != 1 {
				t.Errorf("told %d times", n)
			}
			enginetest.Eventually(t, "all are noted", func() bool { return e.Snapshot().Seq == 6 })
			entries, _ := e.Activity(0)
			doubled := 0
			for _, n := range entries {
				if n.Duplicate {
					doubled++
				}
				if n.Outcome != exchange.OutcomeForwarded || n.Status != 200 || n.Failure != entries[0].Failure || n.Interval != entries[0].Interval || n.Problem != entries[0].Problem {
					t.Errorf("noted as %+v", n)
				}
			}
			if doubled != 5 {
				t.Errorf("%d doubled", doubled)
			}
			if row := e.Snapshot().Torrents[0]; row.Failure != entries[0].Failure {
				t.Errorf("the row forgot the failure: %+v", row)
			}
		})
	}
}

func TestADifferentAnnounceIsForwarded(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	first := enginetest.Announce(tr.Addr, "5", "")
	n := 0
	for _, request := range []string{
		first,
		strings.Replace(first, "uploaded=5", "uploaded=6", 1),
		strings.Replace(first, "downloaded=0", "downloaded=1", 1),
		strings.Replace(first, "left=0", "left=1", 1),
		strings.Replace(first, "&compact", "&event=completed&compact", 1),
		strings.Replace(first, "456789", "456780", 1),   // another torrent
		strings.Replace(first, "-TR4100", "-TR4101", 1), // another process
		strings.Replace(first, "/announce", "/other", 1),
	} {
		for range 2 {
			if head, body := c.Ask(request); head+body != enginetest.Answer(enginetest.Peers) {
				t.Fatalf("got %q", head+body)
			}
		}
		n++
		if got := len(tr.Heads()); got != n {
			t.Fatalf("after %q the tracker received %d, not %d", request, got, n)
		}
	}
}

func TestJoiningDuplicatesCanBeSwitchedOff(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	for i, c1 := range []struct {
		on    bool
		heard int
	}{{true, 1}, {false, 3}, {true, 4}} {
		if err := e.Change(func(s *settings.Settings) { s.JoinDuplicates = c1.on }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			c.Ask(enginetest.Announce(tr.Addr, string(rune('1'+i)), ""))
		}
		if n := len(tr.Heads()); n != c1.heard {
			t.Errorf("round %d: heard %d, not %d", i, n, c1.heard)
		}
	}
}

func TestADuplicateOfAFailedAnnounceGetsTheSameAnswer(t *testing.T) {
	enginetest.CheckGoroutines(t)
	gate := make(chan struct{})
	tr := enginetest.NewTracker(t, func(x *enginetest.Exchange) { <-gate; x.Reset() })
	e := enginetest.Engine(t, engine.Options{})
	a, b := enginetest.Dial(t, addr(t, e)), enginetest.Dial(t, addr(t, e))
	a.Send(enginetest.Announce(tr.Addr, "5", ""))
	tr.Await(t, 1)
	b.Send(enginetest.Announce(tr.Addr, "5", ""))
	close(gate)
	for _, c := range []*enginetest.Client{a, b} {
		if head, _ := c.Answer(); !strings.HasPrefix(head, "HTTP/1.1 504 ") {
			t.Errorf("got %q", head)
		}
	}
	if s := e.Snapshot(); len(tr.Heads()) != 1 && len(s.Pending) != 1 {
		t.Errorf("heard %d, waiting %+v", len(tr.Heads()), s.Pending)
	}
}
