package proxy_test

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/enginetest"
	"bittoratio/engine/network/outage"
	"bittoratio/engine/network/proxy"
	"bittoratio/engine/report"
	"bittoratio/engine/report/activity"
)

// nowhere is a journal that records nothing.
type nowhere struct{}

func (nowhere) Append([]byte) error            { return nil }
func (nowhere) Rewrite(iter.Seq[[]byte]) error { return nil }
func (nowhere) Size() (int64, int)             { return 0, 0 }

// faulty is an accountant with a fault of its own: 666 uploaded bytes.
type faulty struct{ *report.Reporter }

func (f faulty) Announce(u bittorrent.TrackerURL, a bittorrent.Announce, now time.Time) report.Figure {
	if a.Counters.Uploaded == 666 {
		panic("no such figure for " + u.Secret())
	}
	return f.Reporter.Announce(u, a, now)
}

// serve runs a server with such an accountant and gives its address.
func serve(t *testing.T, log *slog.Logger) (*proxy.Server, string) {
	t.Helper()
	reporter, answers, spool := report.New(), outage.NewAnswers(), outage.NewSpool()
	reporter.SetJournal(nowhere{}, time.Now())
	answers.SetJournal(nowhere{})
	spool.SetJournal(nowhere{})
	health, turns := outage.NewHealth(), outage.NewTurns()
	s := proxy.New(proxy.Parts{
		Accountant: faulty{reporter}, Answers: answers, Health: health, Spool: spool, Turns: turns,
		Courier: outage.NewCourier(spool, health, turns, nil, nil, nil), Log: log, Note: func(activity.Entry) {},
	}, nil)
	s.SetJoinDoubled(true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx, l); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return s, l.Addr().String()
}

// TestAFaultInOneExchangeLeavesTheOthersAlive holds S9: the connection ends, everything else goes on, the same session
// too, and the log has the place of the fault but none of what was sent.
func TestAFaultInOneExchangeLeavesTheOthersAlive(t *testing.T) {
	enginetest.CheckGoroutines(t)
	const passkey = "0123456789abcdef0123456789abcdef"
	var log bytes.Buffer
	tr := enginetest.NewTracker(t, nil)
	s, at := serve(t, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ask := func(c *enginetest.Client, uploaded string) {
		t.Helper()
		if head, body := c.Ask(enginetest.Announce(tr.Addr, uploaded, "")); head+body != enginetest.Answer(enginetest.Peers) {
			t.Fatalf("%s: %q", uploaded, head+body)
		}
	}
	other := enginetest.Dial(t, at)
	ask(other, "1")
	for n := range 3 {
		broken := enginetest.Dial(t, at)
		broken.Send(strings.Replace(enginetest.Announce(tr.Addr, "666", "&passkey="+passkey), "/announce", "/announce/"+passkey, 1))
		if got := broken.Rest(); got != "" {
			t.Errorf("got %q", got)
		}
		for s.Panics() != int64(n+1) {
			time.Sleep(time.Millisecond)
		}
		ask(other, "2")
		again := enginetest.Dial(t, at)
		ask(again, "3")
		again.Close()
	}
	if text := log.String(); strings.Count(text, "fault of this program") != 3 || !strings.Contains(text, "panic_test.go") || strings.Contains(text, passkey) {
		t.Errorf("the log says %s", text)
	}
	if n := len(tr.Heads()); n != 3 { // 1, 2, 3, and repeats of them
		t.Errorf("the tracker heard %d", n)
	}
}
