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
					t.Errorf("a duplicate got %q, want the answer to the first", head+got)
				}
			}
			// And one more copy after the answer.
			if head, got := enginetest.Dial(t, addr(t, e)).Ask(enginetest.Announce(tr.Addr, "5", "")); head+got != enginetest.Answer(body) {
				t.Errorf("a duplicate got %q, want the answer to the first", head+got)
			}
			if n := len(tr.Heads()); n != 1 {
				t.Errorf("the tracker received %d announces, want 1", n)
			}
			enginetest.Eventually(t, "all announces are recorded", func() bool { return e.Snapshot().Seq == 6 })
			entries, _ := e.Activity(0)
			duplicates := 0
			for _, n := range entries {
				if n.Duplicate {
					duplicates++
				}
				if n.Outcome != exchange.OutcomeForwarded || n.Status != 200 || n.Failure != entries[0].Failure || n.Interval != entries[0].Interval || n.Problem != entries[0].Problem {
					t.Errorf("recorded as %+v, want the tracker's answer as for the first", n)
				}
			}
			if duplicates != 5 {
				t.Errorf("%d are marked as duplicates, want 5", duplicates)
			}
			if row := e.Snapshot().Torrents[0]; row.Failure != entries[0].Failure {
				t.Errorf("the row has the failure %q, want that of the first: %+v", row.Failure, row)
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
				t.Fatalf("the client got %q, want the tracker's answer", head+body)
			}
		}
		n++
		if got := len(tr.Heads()); got != n {
			t.Fatalf("after %q the tracker has received %d announces, want %d", request, got, n)
		}
	}
}

func TestJoiningDuplicatesCanBeSwitchedOff(t *testing.T) {
	enginetest.CheckGoroutines(t)
	tr := enginetest.NewTracker(t, nil)
	e := enginetest.Engine(t, engine.Options{})
	c := enginetest.Dial(t, addr(t, e))
	for i, c1 := range []struct {
		on       bool
		received int
	}{{true, 1}, {false, 3}, {true, 4}} {
		if err := e.Change(func(s *settings.Settings) { s.JoinDuplicates = c1.on }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			c.Ask(enginetest.Announce(tr.Addr, string(rune('1'+i)), ""))
		}
		if n := len(tr.Heads()); n != c1.received {
			t.Errorf("round %d: the tracker has received %d announces, want %d", i, n, c1.received)
		}
	}
}
